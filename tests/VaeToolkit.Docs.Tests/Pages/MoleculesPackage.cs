using VaeToolkit;
using VaeToolkit.Molecules;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class MoleculesPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        var table = new MoleculeTable(
            ["CCO", "CCN", "CCCl", "C=O", "C#N", "CC(C)C", "c1ccccc1", "OCCO"], ["atoms"],
            new[,] { { 3.0 }, { 3 }, { 3 }, { 2 }, { 2 }, { 4 }, { 6 }, { 4 } });
        var alphabet = TokenAlphabet.OfCharacters(table.Smiles);
        var sizes = new MoleculeVaeOptions
        {
            LatentSize = 8,
            Encoder = new() { Channels = [8], Widths = [3] },
            Decoder = new() { Hidden = 32, WordDropout = 0 },
        };
        using var model = new MoleculeVae(alphabet, table.LongestString + 1, PropertyScaling.Fit(table), sizes);
        using var data = model.Items(table);
        var objective = new MoleculeElbo(new() { KlWeight = 0.01, WarmUp = null });
        Trainer.Fit(model, objective, data, options: new() { Epochs = 300, BatchSize = 8, LearningRate = 0.01, Seed = 1 });
        using var z = model.Encode(["c1ccccc1"]);
        Console.WriteLine($"{model.Strings(z)[0]} is a molecule: {SmilesChecker.IsValid("c1ccccc1")}");
        #endregion
    }
}
