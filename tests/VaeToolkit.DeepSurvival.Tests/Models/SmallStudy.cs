using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival.Tests.Models;

/// <summary>Small studies that tests of the model share.</summary>
internal static class SmallStudy
{
    /// <summary>
    /// A table with a column of every kind and a few missing cells, two treatments, of which the second has three levels.
    /// </summary>
    public static PatientTable Table { get; } = new(
        ["age", "dose", "sex", "cell", "grade", "nodes", "radiotherapy", "regimen", "time", "event"],
        [
            ["50", "1", "1", "b", "low", "0", "0", "A", "3.5", "1"],
            ["60", "10", "2", "a", "high", "3", "1", "B", "1.25", "0"],
            ["70", "100", "2", "c", "mid", "", "1", "C", "7", "1"],
            ["", "5", "1", "", "", "1", "0", "C", "0.5", "1"],
            ["55", "", "", "a", "low", "2", "1", "A", "2", "0"],
        ]);

    public static TreatmentSet Treatments { get; } = new(
        new TreatmentFactor("radiotherapy"), new TreatmentFactor("regimen") { Levels = ["A", "B", "C"] });

    public static CovariateSchema Schema { get; } = CovariateSchema.Fit(Table,
    [
        new("grade", CovariateKind.Ordinal) { Levels = ["low", "mid", "high"] }, new("age", CovariateKind.Continuous),
        new("nodes", CovariateKind.Count),
        new("cell", CovariateKind.Categorical), new("dose", CovariateKind.Positive), new("sex", CovariateKind.Binary),
    ]);

    public static PatientData Data { get; } = PatientData.Read(Table, Schema, "time", "event", Treatments);

    public static PatientData Trial(int patients, long seed)
    {
        var trial = SimulatedTrial.Draw(patients, seed);
        var schema = CovariateSchema.Fit(trial.Table, SimulatedTrial.Covariates);
        return PatientData.Read(trial.Table, schema, "time", "event", TreatmentSet.OfBinary(SimulatedTrial.Treatments));
    }
}
