using VaeToolkit.DeepSurvival;
using VaeToolkit.Survival;
#pragma warning disable VT0001 // research-grade: experimental.md

namespace Documentation.Pages;

internal static class SavaePage
{
    public static void Covariates(int[] trainingRows, int[] testRows)
    {
        #region
        var table = PatientTable.Read("lung.csv");
        var response = table.Response("time", "event");                              // event: 1 observed, 0 censored
        var schema = CovariateSchema.Fit(table.Select(trainingRows),
        [
            new("age", CovariateKind.Continuous), new("sex", CovariateKind.Binary),
            new("ph_ecog", CovariateKind.Ordinal) { Levels = ["0", "1", "2", "3"] }, new("meal_cal", CovariateKind.Positive),
        ]);
        var encoded = schema.Encode(table.Select(testRows));             // for the VAE, with what is missing marked
        var design = schema.Design(table.Select(testRows));              // for a regression: what is missing is at the training mean
        var dated = table.WithDays("days", from: "entry", to: "last_seen");              // a time from two columns of dates
        #endregion
    }

    public static void Fit(PatientTable table, CovariateSchema schema)
    {
        #region
        var data = PatientData.Read(table, schema, "time", "event", TreatmentSet.OfBinary("radiotherapy", "chemotherapy"));
        // Adam, early stop on held-out patients, best weights kept
        var (model, result) = SavaeTraining.Fit(data, new() { LearningRate = 3e-3, Seed = 1 });
        using (model)
            model.Save("lung");
        #endregion
    }

    public static void Load()
    {
        #region
        using var model = Savae.Load("lung");
        var prediction = SurvivalPredictor.Predict(model, model.Schema.Encode(PatientTable.Read("new.csv")));
        #endregion
    }

    public static void Prediction(Savae model, CovariateSchema schema, PatientTable newPatients)
    {
        #region
        var prediction = SurvivalPredictor.Predict(model, schema.Encode(newPatients), new() { Draws = 1000, Seed = 1 });
        var both = prediction.For(patient: 0, model.Treatments.Combination("1", "1"));
        Console.WriteLine($"{both.Survival(2)}  {both.Median}  {both.RestrictedMean(5)}  {prediction.Warning(0)}");
        #endregion
    }

    public static void Recommendation(SurvivalPrediction prediction)
    {
        #region
        var advice = Recommend.Treatment(prediction, patient: 0, Utility.RestrictedMean(5), new() { LeastIntenseWithin = 0.1 });
        Console.WriteLine($"{advice.Chosen.Description}: {advice.Chosen.Utility}, {advice.Chosen.Shortfall} short of the best");
        #endregion
    }
}
