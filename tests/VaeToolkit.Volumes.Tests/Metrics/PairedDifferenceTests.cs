namespace VaeToolkit.Volumes.Tests.Metrics;

public sealed class PairedDifferenceTests
{
    [Fact]
    public void Pairs_without_two_numbers_are_left_out_and_counted()
    {
        var nan = double.NaN;
        var found = PairedDifference.Of([[0.5, nan, 0.7], [nan, 0.2], [0.9, 0.6]], [[0.4, 0.6, 0.6], [0.1, nan], [0.8, 0.5]]);
        var kept = PairedDifference.Of([[0.5, 0.7], [0.9, 0.6]], [[0.4, 0.6], [0.8, 0.5]]);
        found.Should().Be(kept with { LeftOut = 3 });
        found.ToString().Should().Be("+0.100 [+0.100, +0.100] (3 left out)");
        kept.ToString().Should().Be("+0.100 [+0.100, +0.100]");
        var infinite = double.PositiveInfinity;
        PairedDifference.Of([[infinite, infinite, 3]], [[infinite, 2, 1]]).Should().Match<PairedDifference>(
            difference => difference.Mean == 2 && difference.Low == 2 && difference.High == 2 && difference.LeftOut == 2);
        FluentActions.Invoking(() => PairedDifference.Of([[nan], [1]], [[1], [nan]])).Should().Throw<ArgumentException>()
            .WithMessage("of no patient are both scores numbers*");
    }

    [Fact]
    public void A_constant_difference_has_no_spread()
    {
        var difference = PairedDifference.Of([[0.5, 0.7], [0.9, 0.6]], [[0.4, 0.6], [0.8, 0.5]]);
        new[] { difference.Mean, difference.Low, difference.High }.Should().OnlyContain(v => Math.Abs(v - 0.1) < 1e-12);
        difference.ToString().Should().Be("+0.100 [+0.100, +0.100]");
    }

    [Fact]
    public void The_interval_is_that_of_the_mean_when_there_is_one_subset()
    {
        // Differences −1 and +1, fifty of each: the mean of 100 resampled ones has a standard deviation of 0.1.
        double[] differences = [.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 1.0 : -1)];
        var found = PairedDifference.Of([differences], [new double[100]], resamples: 4000, seed: 5);
        found.Mean.Should().Be(0);
        found.Low.Should().BeApproximately(-0.196, 0.025);
        found.High.Should().BeApproximately(0.196, 0.025);
        PairedDifference.Of([differences], [new double[100]], 4000, 5).Should().Be(found);
    }

    [Fact]
    public void Subsets_that_differ_widen_the_interval()
    {
        double[][] subsets = [[.. Enumerable.Repeat(0.3, 50)], [.. Enumerable.Repeat(-0.3, 50)]];
        double[][] zero = [new double[50], new double[50]];
        var found = PairedDifference.Of(subsets, zero);
        found.Low.Should().BeApproximately(-0.3, 1e-12, "a quarter of the resamples takes the worse subset twice");
        found.High.Should().BeApproximately(0.3, 1e-12);
    }

    [Fact]
    public void Scores_that_do_not_pair_up_are_refused()
    {
        FluentActions.Invoking(() => PairedDifference.Of([[1.0, 2]], [[1.0]])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => PairedDifference.Of([], [])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => PairedDifference.Of([[1.0]], [[1.0]], resamples: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_difference_of_rounding_alone_is_printed_with_one_sign()
        => PairedDifference.Of([[0.3, 0.3]], [[0.1 + 0.2, 0.1 + 0.2]]).ToString().Should().Be("+0.000 [+0.000, +0.000]");
}
