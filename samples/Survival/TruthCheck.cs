using VaeToolkit.Survival.Prediction;
using VaeToolkit.Survival.Recommendation;
using VaeToolkit.Survival.Simulation;

namespace VaeToolkit.Samples;

/// <summary>What predictions for patients of a simulated trial are worth, which only their truth can say.</summary>
internal sealed class TruthCheck(SimulatedTrial trial, SurvivalPrediction prediction, double horizon)
{
    private const int Groups = 5;

    public void Print()
    {
        var utility = Utility.RestrictedMean(horizon);
        SampleResult.Print("rmst_given", Mean(i => trial.Truth(i).RestrictedMean(horizon)), "", "F3");
        SampleResult.Print("rmst_best_fixed", Combinations.Max(t => Mean(i => Value(i, t))), "", "F3");
        SampleResult.Print("rmst_recommended", Mean(i => Value(i, Recommend.Treatment(prediction, i, utility).Chosen.Combination)), "", "F3");
        SampleResult.Print("rmst_oracle", Mean(i => Combinations.Max(t => Value(i, t))), "", "F3");
        SampleResult.Print("calibration_error", CalibrationError(horizon / 2), "", "F3");
    }

    private static IEnumerable<int> Combinations => Enumerable.Range(0, 4);

    private double Value(int patient, int combination) => trial.Truth(patient, combination / 2 == 1, combination % 2 == 1).RestrictedMean(horizon);

    private double Mean(Func<int, double> value) => Enumerable.Range(0, trial.Count).Average(value);

    /// <summary>Patients in fifths by predicted S(t): the mean distance between a fifth's mean prediction and the mean truth.</summary>
    private double CalibrationError(double time)
    {
        var predicted = prediction.Survival([time], prediction.Treatments.Read(trial.Table));
        var patients = Enumerable.Range(0, trial.Count).OrderBy(i => predicted[i, 0]).ToArray();
        return patients.Chunk((trial.Count + Groups - 1) / Groups).Average(group => Math.Abs(group.Average(i => predicted[i, 0] - trial.Truth(i).Survival(time))));
    }
}
