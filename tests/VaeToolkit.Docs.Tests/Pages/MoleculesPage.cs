using TorchSharp;
using VaeToolkit;
using VaeToolkit.Molecules;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class MoleculesPage
{
    public static void Train()
    {
        #region
        var table = MoleculeTable.Read("molecules.csv", properties: ["logp", "qed", "sas"]);
        var alphabet = TokenAlphabet.OfCharacters(table.Smiles);
        using var model = new MoleculeVae(alphabet, table.LongestString + 1, PropertyScaling.Fit(table));
        using var data = model.Items(table);
        Trainer.Fit(model, new MoleculeElbo(new() { KlWeight = 0.02, WarmUp = new() { Centre = 4 } }), data, options: new()
        {
            Epochs = 25,
            BatchSize = 64,
            LearningRate = 3e-3,
            GradientClip = 5,
            SplitBatches = true,                                             // two threads, half a batch each
        });
        model.Save("model");
        #endregion
    }

    public static void Use()
    {
        #region
        using var model = MoleculeVae.Load("model");
        using var z = model.Encode(["CC(=O)Oc1ccccc1C(=O)O"]);               // posterior means
        string[] same = model.Strings(z, beam: 5);
        using var properties = model.Predict(z);                             // in their own units
        string[] drawn = model.Sample(100, seed: 1);
        Console.WriteLine(StringGeneration.Of(drawn, known: []));            // validity, uniqueness, novelty
        #endregion
    }

    public static void Check()
    {
        #region
        var check = SmilesChecker.Check("c1cccc1");
        Console.WriteLine($"{check.Parses} {check.Sanitizes}: {check.Problem}");
        #endregion
    }

    public static void Search()
    {
        #region
        using var model = MoleculeVae.Load("model");
        var table = MoleculeTable.Read("molecules.csv", properties: ["qed", "sas"]);
        double[] objective = [.. table.Property("qed").Zip(table.Property("sas"), (qed, sas) => 5 * qed - sas)];
        using var latents = model.Encode(table.Smiles);
        using var surrogate = GaussianProcess.Fit(latents.narrow(0, 0, 400), torch.tensor(objective[..400]));
        var region = LatentRegion.OfData(latents, share: 0.95);
        var found = LatentSearch.Ascend(
            z => surrogate.ExpectedImprovement(z, objective.Max()), latents.narrow(0, 0, 100), region);
        string[] candidates = [.. model.Strings(found.Points).Where(SmilesChecker.IsValid).Distinct()];
        #endregion
    }
}
