using TorchSharp;
using VaeToolkit.DeepSurvival;
using VaeToolkit.DeepSurvival.Tests.Models;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the survival library.</summary>
internal static class SurvivalEntries
{
    private static readonly double[,] s_patients = Patients();

    public static IEnumerable<ModuleEntry> All =>
    [
        OfSavae(nameof(Savae), () => Model()),
        OfSavae("Savae that sees the treatment", () => Model(encoderSeesTreatment: true)),
    ];

    /// <summary>A model of a study with a covariate of every kind and two treatments.</summary>
    public static Savae Model(bool encoderSeesTreatment = false) => new(
        SmallStudy.Schema, timeScale: 2, SmallStudy.Treatments,
        new() { LatentSize = 2, Hidden = [5], EncoderSeesTreatment = encoderSeesTreatment });

    /// <summary>The patients of that study.</summary>
    public static torch.Tensor Items(Place place)
        => place.Tensor([.. s_patients.Cast<double>()], s_patients.GetLength(0), s_patients.GetLength(1));

    private static ModuleEntry OfSavae(string name, Func<Savae> make) => ModuleEntry.Of(name, make, Loss) with
    {
        Save = (module, path) => ((Savae)module).Save(path),
        Load = (_, path) => Savae.Load(path),
    };

    private static torch.Tensor Loss(Savae model, Place place)
    {
        var items = Items(place);
        var posterior = model.Encode(items);
        var code = posterior.Mean.unsqueeze(0);
        var times = model.TimeLogProb(items, model.TimesGiven(items, code));
        return (model.Prior.AnalyticKl(posterior)! - model.CovariateLogProb(items, code) - model.TreatmentLogProb(items) - times).mean();
    }

    private static double[,] Patients()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Model();
        using var items = model.Items(SmallStudy.Data);
        var patients = new double[items.Count, items.ItemShape[0]];
        foreach (var batch in items.InOrder((int)items.Count))
            Buffer.BlockCopy(batch.Items.Values(), 0, patients, 0, patients.Length * sizeof(double));
        return patients;
    }
}
