using VaeToolkit;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Survival;
#pragma warning disable VT0001 // research-grade, nothing for patients: docs/experimental.md

namespace Documentation.Pages;

internal static class DeepSurvivalPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        var trial = SimulatedTrial.Draw(patients: 400, seed: 1);
        var schema = CovariateSchema.Fit(trial.Table, SimulatedTrial.Covariates);
        var treatments = TreatmentSet.OfBinary([.. SimulatedTrial.Treatments]);
        var data = PatientData.Read(trial.Table, schema, "time", "event", treatments);
        var (model, _) = SavaeTraining.Fit(data, new() { Epochs = 20, Seed = 1 });
        using (model)
        {
            var prediction = SurvivalPredictor.Predict(model, schema.Encode(trial.Table), new() { Draws = 200, Seed = 1 });
            Console.WriteLine($"recommended: {Recommend.Treatment(prediction, patient: 0, Utility.RestrictedMean(5)).Chosen.Description}");
        }
        #endregion
    }
}
