using VaeToolkit.Evaluation;

namespace VaeToolkit.Tests.Anomalies;

public sealed class DetectionScoresTests
{
    [Fact]
    public void A_small_example_has_the_figures_of_scikit_learns_manual()
    {
        // roc_auc_score and average_precision_score of y = [0, 0, 1, 1] and scores [0.1, 0.4, 0.35, 0.8].
        var scores = DetectionScores.Of([0.1, 0.4], [0.35, 0.8]);
        scores.RocArea.Value.Should().Be(0.75);
        scores.PrecisionRecallArea.Value.Should().BeApproximately(0.8333333333, 1e-9);
        scores.AnomalyShare.Should().Be(0.5);
    }

    [Fact]
    public void Area_and_standard_error_are_those_of_all_pairs()
    {
        var random = new Random(3);
        // Whole numbers, so that many are equal.
        double[] normal = [.. Enumerable.Range(0, 37).Select(_ => (double)random.Next(12))];
        double[] anomalous = [.. Enumerable.Range(0, 23).Select(_ => (double)random.Next(4, 16))];

        // DeLong et al. 1988, eq. 4 to 6, as they stand: the kernel of every pair, its means and their covariances.
        double[][] psi = [.. anomalous.Select(x => normal.Select(y => x > y ? 1 : x == y ? 0.5 : 0.0).ToArray())];
        var area = psi.Average(row => row.Average());
        var ofAnomalies = psi.Select(row => row.Average()).Sum(part => (part - area) * (part - area)) / (anomalous.Length - 1);
        var ofNormal = Enumerable.Range(0, normal.Length).Select(j => psi.Average(row => row[j]))
            .Sum(part => (part - area) * (part - area)) / (normal.Length - 1);
        var error = Math.Sqrt((ofAnomalies / anomalous.Length) + (ofNormal / normal.Length));

        var scores = DetectionScores.Of(normal, anomalous);
        scores.RocArea.Value.Should().BeApproximately(area, 1e-12);
        scores.RocArea.StandardError.Should().BeApproximately(error, 1e-12);
    }

    [Fact]
    public void The_precision_recall_area_is_the_sum_over_thresholds()
    {
        double[] normal = [1, 1, 2, 3, 5, 5, 8];
        double[] anomalous = [2, 5, 5, 6, 9];
        var (area, recallBefore) = (0.0, 0.0);
        foreach (var threshold in anomalous.Concat(normal).Distinct().OrderDescending())
        {
            var (found, alarms) = (anomalous.Count(score => score >= threshold), normal.Count(score => score >= threshold));
            var recall = (double)found / anomalous.Length;
            area += (recall - recallBefore) * found / (found + alarms);
            recallBefore = recall;
        }
        var estimate = DetectionScores.Of(normal, anomalous).PrecisionRecallArea;
        estimate.Value.Should().BeApproximately(area, 1e-12);

        // Boyd et al. 2013: logit(θ) ± 1.96 / √(n θ (1 − θ)).
        var width = 1.959963984540054 / Math.Sqrt(5 * area * (1 - area));
        estimate.Lower.Should().BeApproximately(1 / (1 + Math.Exp(width - Math.Log(area / (1 - area)))), 1e-9);
        estimate.Upper.Should().BeApproximately(1 / (1 + Math.Exp(-width - Math.Log(area / (1 - area)))), 1e-9);
    }

    [Fact]
    public void Standard_errors_and_intervals_hold_over_repetitions()
    {
        var random = new Random(9);
        // Scores that are exponential with means 1 and 3: P(anomaly > normal) = 3 / (1 + 3).
        const int Repeats = 1500;
        double[] Draw(int count, double mean) => [.. Enumerable.Range(0, count).Select(_ => -mean * Math.Log(1 - random.NextDouble()))];
        var areas = Enumerable.Range(0, Repeats).Select(_ => DetectionScores.Of(Draw(40, 1), Draw(30, 3)).RocArea).ToList();
        var mean = SampleMean.Of([.. areas.Select(area => area.Value)]);
        mean.Value.Should().BeApproximately(0.75, 4 * mean.StandardError);
        var spread = mean.StandardError * Math.Sqrt(Repeats);
        // A standard deviation is known to one part in √(2 n); the estimator itself is biased by less than a tenth here.
        areas.Average(area => area.StandardError).Should().BeApproximately(spread, spread * (0.1 + (4 / Math.Sqrt(2.0 * Repeats))));
        var held = (double)areas.Count(area => area.Lower <= 0.75 && 0.75 <= area.Upper) / Repeats;
        held.Should().BeInRange(0.93, 0.98);
    }

    [Fact]
    public void A_perfect_order_is_as_sure_as_so_many_trials_without_a_failure()
    {
        var perfect = DetectionScores.Of([1, 2, 3], [4, 5, 6, 7]);
        (perfect.RocArea.Value, perfect.RocArea.Upper).Should().Be((1, 1));
        perfect.RocArea.Lower.Should().BeApproximately(Math.Pow(0.025, 1.0 / 3), 1e-12);
        perfect.PrecisionRecallArea.Lower.Should().BeApproximately(Math.Pow(0.025, 1.0 / 4), 1e-12);
        var wrong = DetectionScores.Of([4, 5, 6, 7], [1, 2, 3]).RocArea;
        (wrong.Value, wrong.Lower).Should().Be((0, 0));
        wrong.Upper.Should().BeApproximately(1 - Math.Pow(0.025, 1.0 / 3), 1e-12);
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        FluentActions.Invoking(() => DetectionScores.Of([1], [1, 2])).Should().Throw<ArgumentException>()
            .WithMessage("there are 1 scores*").WithParameterName("normal");
        FluentActions.Invoking(() => DetectionScores.Of([1, 2], [1, double.NaN])).Should().Throw<ArgumentException>()
            .WithMessage("*NaN*").WithParameterName("anomalous");
        FluentActions.Invoking(() => DetectionScores.Of([1, 2], [1, 2], 1)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
