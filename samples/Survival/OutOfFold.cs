using VaeToolkit.Reports;
using VaeToolkit.Survival;

namespace VaeToolkit.Samples;

/// <summary>
/// What the candidates predicted in the first repeat of a cross-validation, each for patients whom it was not fitted on: how good it is at
/// every time, and whether as many survive as it says.
/// </summary>
internal sealed class OutOfFold(SurvivalTimes response)
{
    private const int Groups = 5;

    private readonly List<(string Candidate, Fold Fold, IReadOnlyList<double> Times, double[,] Survival)> _predictions = [];

    /// <summary>A candidate whose predictions are kept.</summary>
    public SurvivalCandidate Keeping(SurvivalCandidate candidate) => candidate with
    {
        Predict = (fold, times) =>
        {
            var survival = candidate.Predict(fold, times);
            if (fold.Repeat == 0)
                _predictions.Add((candidate.Name, fold, [.. times], survival));
            return survival;
        },
    };

    /// <summary>The Brier score against time, of each candidate that has predicted for all patients.</summary>
    public IReadOnlyList<ReportCurve> Brier() =>
        [.. All().Select(all => new ReportCurve(
            all.Name, all.Times, BrierScore.Curve(response, all.Survival, all.Times, response).Scores))];

    /// <summary>
    /// In the middle of the scored times: patients in fifths by predicted survival, the mean prediction of a fifth against the share that
    /// Kaplan and Meier's estimate of it has. A candidate that says the same of a whole fold has no fifths.
    /// </summary>
    public IReadOnlyList<ReportCurve> Calibration()
    {
        var curves = new List<ReportCurve>();
        foreach (var (name, times, survival, folds) in All())
        {
            var middle = times.Length / 2;
            double[] predicted = [.. Enumerable.Range(0, response.Count).Select(i => survival[i, middle])];
            if (predicted.Distinct().Count() <= folds)
                continue;
            int[] patients = [.. Enumerable.Range(0, response.Count).OrderBy(i => predicted[i])];
            int[][] fifths = [.. patients.Chunk((response.Count + Groups - 1) / Groups)];
            curves.Add(new(
                name, [.. fifths.Select(fifth => fifth.Average(i => predicted[i]))],
                [.. fifths.Select(fifth => KaplanMeier.Fit(response.Select(fifth)).Curve.At(times[middle]))])
            {
                Style = CurveStyle.LineAndPoints,
            });
        }
        return curves;
    }

    // Folds are asked for the grid of scores, which they share, and for their own patients' events.
    private IEnumerable<(string Name, double[] Times, double[,] Survival, int Folds)> All()
    {
        foreach (var folds in _predictions.GroupBy(prediction => prediction.Candidate))
        {
            double[] times = [.. folds.Select(fold => fold.Times.AsEnumerable()).Aggregate((all, some) => all.Intersect(some)).Order()];
            var survival = new double[response.Count, times.Length];
            foreach (var (_, fold, asked, predicted) in folds)
            {
                int[] columns = [.. times.Select(time => asked.ToList().IndexOf(time))];
                for (var row = 0; row < fold.Test.Count; row++)
                {
                    for (var column = 0; column < columns.Length; column++)
                        survival[fold.Test[row], column] = predicted[row, columns[column]];
                }
            }
            // Without common times there is nothing to draw, and where a fold failed its patients have no prediction.
            if (times.Length > 0 && folds.Sum(fold => fold.Fold.Test.Count) == response.Count
                && survival.Cast<double>().All(value => value is >= 0 and <= 1))
                yield return (folds.Key, times, survival, folds.Count());
        }
    }
}
