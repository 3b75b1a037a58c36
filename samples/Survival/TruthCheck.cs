using MathNet.Numerics.Statistics;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Survival;

namespace VaeToolkit.Samples;

/// <summary>What predictions for patients of a simulated trial are worth, which only their truth can say.</summary>
internal sealed class TruthCheck(SimulatedTrial trial, SurvivalPrediction prediction, double horizon)
{
    private const int Groups = 5;
    private const int GridPoints = 50;

    /// <summary>Integrated Brier scores on the true times of all patients, none of them censored, until the horizon.</summary>
    public void PrintScores(Func<IReadOnlyList<double>, double[,]> cox)
    {
        double[] times = [.. Enumerable.Range(1, GridPoints).Select(g => horizon * g / GridPoints)];
        var ofCox = Losses(times, cox(times));
        var ofSavae = Losses(times, prediction.Survival(times, prediction.Treatments.Read(trial.Table)));
        var truth = new double[trial.Count, GridPoints];
        for (var i = 0; i < trial.Count; i++)
        {
            for (var g = 0; g < GridPoints; g++)
                truth[i, g] = trial.Truth(i).Survival(times[g]);
        }
        SampleResult.Print("later_ibs_cox", ofCox.Average(), "", "F4");
        SampleResult.Print("later_ibs_savae", ofSavae.Average(), "", "F4");
        SampleResult.Print("later_ibs_truth", Losses(times, truth).Average(), "", "F4");
        var differences = ofSavae.Zip(ofCox, (savae, other) => savae - other).ToList();
        SampleResult.Print("later_ibs_savae_minus_cox", differences.Average(), "", "F4");
        SampleResult.Print("later_ibs_savae_minus_cox_error", differences.StandardDeviation() / Math.Sqrt(trial.Count), "", "F4");
    }

    public void PrintPolicies()
    {
        var utility = Utility.RestrictedMean(horizon);
        SampleResult.Print("rmst_given", Mean(i => trial.Truth(i).RestrictedMean(horizon)), "", "F3");
        SampleResult.Print("rmst_best_fixed", Combinations.Max(t => Mean(i => Value(i, t))), "", "F3");
        SampleResult.Print(
            "rmst_recommended", Mean(i => Value(i, Recommend.Treatment(prediction, i, utility).Chosen.Combination)), "", "F3");
        SampleResult.Print("rmst_oracle", Mean(i => Combinations.Max(t => Value(i, t))), "", "F3");
        SampleResult.Print("calibration_error", CalibrationError(horizon / 2), "", "F3");
    }

    private static IEnumerable<int> Combinations => Enumerable.Range(0, 4);

    /// <summary>For each patient the mean over times of (1(y > t) − S)², by the trapezoid.</summary>
    private double[] Losses(double[] times, double[,] survival)
        => [.. Enumerable.Range(0, trial.Count).Select(i => times.Select((time, g) =>
        {
            var distance = (trial.TrueTime(i) > time ? 1 : 0) - survival[i, g];
            return distance * distance * (g == 0 || g == GridPoints - 1 ? 0.5 : 1) / (GridPoints - 1);
        }).Sum())];

    private double Value(int patient, int combination)
        => trial.Truth(patient, combination / 2 == 1, combination % 2 == 1).RestrictedMean(horizon);

    private double Mean(Func<int, double> value) => Enumerable.Range(0, trial.Count).Average(value);

    /// <summary>Patients in fifths by predicted S(t): the mean distance between a fifth's mean prediction and the mean truth.</summary>
    private double CalibrationError(double time)
    {
        var predicted = prediction.Survival([time], prediction.Treatments.Read(trial.Table));
        var patients = Enumerable.Range(0, trial.Count).OrderBy(i => predicted[i, 0]).ToArray();
        return patients.Chunk((trial.Count + Groups - 1) / Groups)
            .Average(group => Math.Abs(group.Average(i => predicted[i, 0] - trial.Truth(i).Survival(time))));
    }
}
