namespace VaeToolkit.Reports.Tests.Page;

public sealed class LogarithmicTicksTests
{
    [Theory]
    [InlineData(1, 1e4, new[] { 1, 10, 100, 1e3, 1e4 })]
    [InlineData(1, 1e8, new[] { 1, 100, 1e4, 1e6, 1e8 })]
    [InlineData(1e-4, 0.002, new[] { 1e-4, 2e-4, 5e-4, 1e-3, 2e-3 })]
    [InlineData(1.2, 9.9, new[] { 2.0, 4, 6, 8 })]
    [InlineData(1.5, 2.9, new[] { 1.5, 2, 2.5 })]
    [InlineData(101.0, 104.5, new[] { 101.0, 101.5, 102, 102.5, 103, 103.5, 104, 104.5 })]
    [InlineData(100.02, 100.9, new[] { 100.2, 100.4, 100.6, 100.8 })]
    public void Ticks_are_round_numbers(double least, double most, double[] ticks)
        => LogarithmicTicks.Values(Math.Log10(least), Math.Log10(most), most: 7.7).Should()
            .Equal(ticks, (a, b) => Math.Abs(a / b - 1) < 1e-9);

    [Theory]
    [InlineData(2, 2)]
    [InlineData(double.NaN, 1)]
    [InlineData(0, double.PositiveInfinity)]
    public void A_range_without_a_length_has_none(double low, double high)
        => LogarithmicTicks.Values(low, high, most: 7).Should().BeEmpty();
}
