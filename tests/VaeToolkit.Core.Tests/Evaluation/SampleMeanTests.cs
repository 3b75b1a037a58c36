using VaeToolkit.Evaluation;

namespace VaeToolkit.Tests.Evaluation;

public sealed class SampleMeanTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1e200)]
    [InlineData(1e-200)]
    [InlineData(4e307)]
    public void Errors_are_in_the_numbers_unit_whatever_it_is(double unit)
    {
        // Mean 2.5, sample variance 5/3, standard error √(5/12).
        var mean = SampleMean.Of([1 * unit, 2 * unit, 3 * unit, 4 * unit]);
        (mean.Value / unit).Should().BeApproximately(2.5, 1e-14);
        (mean.StandardError / unit).Should().BeApproximately(Math.Sqrt(5.0 / 12), 1e-14);
    }

    [Fact]
    public void Ends_are_as_they_were()
    {
        SampleMean.Of([3.0]).Should().Be(new SampleMean(3, double.NaN));
        SampleMean.Of([0.0, 0.0]).Should().Be(new SampleMean(0, 0));
        SampleMean.Of([1, double.PositiveInfinity]).Value.Should().Be(double.PositiveInfinity);
    }
}
