using System.Globalization;
using TorchSharp;
using VaeToolkit.Mega;

namespace VaeToolkit.Samples;

/// <summary>Gaussian mixtures of growing K: AIC and BIC beside the exact, the sampled and the held-out moment gap.</summary>
internal static class MixtureTable
{
    private const int Draws = 1_000;

    public static void Print(string path, IReadOnlyList<int> sizes, int seed)
    {
        if (!File.Exists(path))
        {
            Console.WriteLine($"{path} is not there, so its table is left out; --tables names its folder.");
            return;
        }
        using var scope = torch.NewDisposeScope();
        var rows = TabularFile.Read(path).ToTensor();
        // Every fourth row is held out.
        var index = torch.arange(rows.shape[0], dtype: torch.int64);
        var held = index.remainder(4).eq(3);
        var train = rows.index_select(0, held.logical_not().nonzero().squeeze(1));
        var test = rows.index_select(0, held.nonzero().squeeze(1));
        var options = new MixtureOptions
        {
            Em = new() { MaxIterations = 200, Tolerance = 1e-8, Seed = seed },
            Restarts = 3,
            Regularisation = rows.shape[1] > 10 ? 0.1 : null,
        };
        var models = sizes.Select(k => (k, (ClassicalModel)GaussianMixture.Fit(train, k, options).Model)).ToArray();
        PrintRows(Path.GetFileNameWithoutExtension(path), train, models, test, seed);
    }

    private static void PrintRows(string name, torch.Tensor train, (int, ClassicalModel)[] models, torch.Tensor test, int seed)
    {
        var exact = ComplexityPath.Of(train, models, [], GapEstimator.Exact).Points;
        var sampled = ComplexityPath.Of(train, models, [], GapEstimator.MonteCarlo(Draws, seed)).Points;
        var held = ComplexityPath.Of(train, models, [], GapEstimator.HeldOut(test)).Points;
        Console.WriteLine($"{name}: {train.shape[0]} training rows, {test.shape[0]} held out; 2MEGA-F exact on training rows, "
            + $"by {Draws} draws (± standard error), held out");
        Console.WriteLine("   K         AIC         BIC     exact     draws        ±  held out");
        for (var i = 0; i < exact.Count; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{exact[i].Complexity,4} {exact[i].Aic,11:F1} {exact[i].Bic,11:F1} {exact[i].SecondOrder,9:F4} "
                + $"{sampled[i].SecondOrder,9:F3} {sampled[i].StandardError,8:F3} {held[i].SecondOrder,9:F4}"));
        }
        SampleResult.Print($"{name}_bic_choice", exact.MinBy(point => point.Bic)!.Complexity, "components", "F0");
        SampleResult.Print($"{name}_held_out_gap", held[0].SecondOrder, "2MEGA-F of K = 1", "F4");
        SampleResult.Print(
            $"{name}_held_out_spread_over_k", held.Max(point => point.SecondOrder) - held.Min(point => point.SecondOrder), "2MEGA-F", "G3");
    }
}
