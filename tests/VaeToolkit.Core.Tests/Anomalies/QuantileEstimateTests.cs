using VaeToolkit.Evaluation;

namespace VaeToolkit.Tests.Anomalies;

public sealed class QuantileEstimateTests
{
    [Theory]
    [InlineData(10, 2, 9)]
    [InlineData(20, 6, 15)]
    [InlineData(25, 8, 18)]
    public void Ends_of_the_medians_interval_are_those_of_the_sign_tests_tables(int items, int lower, int upper)
        => QuantileEstimate.Ends(items, 0.5, 0.95).Should().Be((lower, upper));

    [Theory]
    [InlineData(5, 0.5, 0.9)]
    [InlineData(12, 0.8, 0.95)]
    [InlineData(14, 0.25, 0.8)]
    [InlineData(16, 0.95, 0.95)]
    public void Each_tail_outside_is_as_large_as_it_may_be_and_no_larger(int items, double probability, double level)
    {
        var (lower, upper) = QuantileEstimate.Ends(items, probability, level);
        var tail = (1 - level) / 2;
        Below(lower).Should().BeLessThanOrEqualTo(tail);
        Below(lower + 1).Should().BeGreaterThan(tail, "the next draw would be too high an end");
        (upper > items || 1 - Below(upper) <= tail).Should().BeTrue();
        (1 - Below(upper - 1)).Should().BeGreaterThan(tail, "the draw before would be too low an end");

        // The probability of fewer than so many draws below the quantile: all 2ⁿ outcomes, one by one.
        double Below(int count) => Enumerable.Range(0, 1 << items).Select(outcome => int.PopCount(outcome)).Where(drawn => drawn < count)
            .Sum(drawn => Math.Pow(probability, drawn) * Math.Pow(1 - probability, items - drawn));
    }

    [Fact]
    public void The_value_is_the_draw_at_or_below_which_the_share_lies()
    {
        var draws = Enumerable.Range(1, 100).Select(i => (double)((i * 37) % 101));
        var estimate = QuantileEstimate.Of(draws, 0.95);
        (estimate.Value, estimate.Items, estimate.Probability, estimate.Level).Should().Be((95, 100, 0.95, 0.95));
        (estimate.Lower, estimate.Upper).Should().Be((90, 100));
        estimate.ToString().Should().Be("95 (95 % interval 90 to 100), quantile 0.95 of 100 items");
    }

    [Theory]
    [InlineData(100, 0.07, 7)]
    [InlineData(100, 0.55, 55)]
    [InlineData(1000, 0.019, 19)]
    [InlineData(100, 0.0701, 8)]
    [InlineData(100_000, 0.07, 7000)]
    [InlineData(3, 0.5, 2)]
    public void A_share_that_is_a_whole_number_of_draws_is_that_number(int items, double probability, int expected)
        => QuantileEstimate.Of(Enumerable.Range(1, items).Select(i => (double)i), probability).Value.Should().Be(expected);

    [Fact]
    public void Too_few_draws_have_no_upper_end()
    {
        var estimate = QuantileEstimate.Of([3, 1, 2], 0.95);
        (estimate.Value, estimate.Upper).Should().Be((3, double.PositiveInfinity));
    }

    [Fact] // P(fewer than 10 of 10 draws are below it) = 1 − 0.999¹⁰ = 0.00996
    public void A_quantile_beyond_all_draws_has_the_largest_as_its_lower_end()
    {
        var draws = Enumerable.Range(1, 10).Select(i => (double)i);
        foreach (var probability in new[] { 0.999, 1 - 1e-9 })
        {
            var estimate = QuantileEstimate.Of(draws, probability);
            (estimate.Lower, estimate.Upper).Should().Be((10, double.PositiveInfinity));
        }
        QuantileEstimate.Of(draws, 1e-9).Lower.Should().Be(double.NegativeInfinity);
    }

    [Fact]
    public void Intervals_hold_the_quantile_as_often_as_they_say()
    {
        var random = new Random(5);
        const int Repeats = 2000;
        var held = Enumerable.Range(0, Repeats).Count(_ =>
        {
            var estimate = QuantileEstimate.Of(Enumerable.Range(0, 80).Select(_ => random.NextDouble()), 0.9);
            return estimate.Lower <= 0.9 && 0.9 < estimate.Upper;
        });
        ((double)held / Repeats).Should().BeGreaterThan(0.95 - (4 * Math.Sqrt(0.95 * 0.05 / Repeats)));
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        FluentActions.Invoking(() => QuantileEstimate.Of([], 0.5)).Should().Throw<ArgumentException>().WithMessage("there are no draws*");
        FluentActions.Invoking(() => QuantileEstimate.Of([1, double.NaN], 0.5)).Should().Throw<ArgumentException>().WithMessage("*NaN*");
        FluentActions.Invoking(() => QuantileEstimate.Of([1], 1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => QuantileEstimate.Of([1], 0.5, 0)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
