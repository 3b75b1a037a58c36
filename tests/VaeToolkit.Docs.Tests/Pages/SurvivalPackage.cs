using VaeToolkit.Survival;

namespace Documentation.Pages;

internal static class SurvivalPackage
{
    public static void Program()
    {
        #region
        var trial = SimulatedTrial.Draw(patients: 400, seed: 1);
        Console.WriteLine($"median survival {KaplanMeier.Fit(trial.Response).Curve.Median:F2} years");
        var schema = CovariateSchema.Fit(trial.Table, SimulatedTrial.Covariates);
        var cox = CoxModel.Fit(trial.Response, schema.Design(trial.Table), names: schema.DesignNames);
        foreach (var (name, coefficient) in schema.DesignNames.Zip(cox.Coefficients))
            Console.WriteLine($"{name,-10} hazard ratio {Math.Exp(coefficient):F3}");
        #endregion
    }
}
