using System.Numerics;
using VaeToolkit.Distributions;

namespace VaeToolkit.Tests.Distributions;

public sealed class LogisticVectorsTests
{
    [Fact]
    public void The_exponential_is_right_to_float_precision()
    {
        for (var i = 0; i < 87_000; i++)
        {
            var a = i * 0.001f;
            var exact = Math.Exp(-(double)a);
            Math.Abs(LogisticVectors.ExpOfMinus(new Vector<float>(a))[0] - exact).Should().BeLessThanOrEqualTo(1.5e-7 * exact, $"a is {a}");
        }
    }

    [Theory]
    [InlineData(87.5f)]
    [InlineData(1e30f)]
    [InlineData(float.PositiveInfinity)]
    public void Beyond_the_range_it_stays_at_the_smallest_value(float a) =>
        LogisticVectors.ExpOfMinus(new Vector<float>(a))[0].Should().BeInRange(0, 2e-38f);
}
