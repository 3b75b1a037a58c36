using VaeToolkit.Survival;

namespace Documentation.Pages;

internal static class SurvivalPage
{
    public static void Cox(
        double[] times, double[] indicators, double[,] covariates, SurvivalTimes train, SurvivalTimes test, double[,] testCovariates)
    {
        #region
        var patients = SurvivalTimes.FromIndicators(times, indicators);                 // 1 observed, 0 censored
        var all = KaplanMeier.Fit(patients);
        Console.WriteLine($"median {all.Curve.Median}, S(365) {all.Curve.At(365):F3} ± {all.StandardError(365):F3}");

        var cox = CoxModel.Fit(patients, covariates, new() { Ties = CoxTies.Efron }, names: ["age", "sex", "ph_ecog"]);
        Console.WriteLine($"{cox.Coefficients[1]:F3} ± {cox.StandardErrors[1]:F3}, p {cox.LikelihoodRatioTest().PValue:G3}");

        double[] grid = [100, 200, 300, 400, 500];
        var brier = BrierScore.Curve(test, cox.Survival(testCovariates, grid), grid, censoringPatients: train);
        var concordance = Concordance.Harrell(test, cox.LinearPredictors(testCovariates));
        Console.WriteLine($"IBS {brier.Integrated:F4} until {brier.IntegratedUntil}, C {concordance.Value:F4}");
        #endregion
    }

    public static void Folds(SurvivalTimes patients, SurvivalCandidate other, Func<IReadOnlyList<int>, double[,]> Rows)
    {
        #region
        var cox = new SurvivalCandidate("Cox", (fold, times) =>
            CoxModel.Fit(patients.Select(fold.Training), Rows(fold.Training)).Survival(Rows(fold.Test), times));
        var result = CrossValidation.Run(patients, [cox, other], new() { Folds = 5, Repeats = 10, Seed = 1 });
        Console.WriteLine(result.BrierDifference("other", "Cox"));                      // below 0: the other is better
        #endregion
    }
}
