using VaeToolkit;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class GecoPage
{
    public static void Fit(Vae vae, DataSource train)
    {
        #region
        var geco = new Geco(new() { Tolerance = 0.03, AverageDecay = 0.9 });      // mean squared error of a value, 0.03 at most
        Trainer.Fit(vae, geco, train, options: new() { Epochs = 20 });
        Console.WriteLine($"{geco}: {(geco.IsSatisfied ? "held" : geco.Warning ?? "not yet held")}");

        var error = ReconstructionConstraint.SquaredErrorPerItem(15);             // another unit takes another rate
        var perItem = new Geco(new() { Constraints = [error], MultiplierRate = 0.01, LargestMultiplier = 20 });
        #endregion
    }
}
