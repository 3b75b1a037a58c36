using System.Numerics;
using System.Runtime.Intrinsics;

namespace VaeToolkit.Tests.Acceleration;

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

    [Theory]
    [InlineData(0f, 87f)]
    [InlineData(87f, 1e5f)]
    public void Long_vectors_give_the_same(float from, float to)
    {
        for (var i = 0; i <= 20_000; i++)
        {
            var a = from + (i * ((to - from) / 20_000));
            var expected = LogisticVectors.ExpOfMinus(new Vector<float>(a))[0];
            LogisticVectors.ExpOfMinus(Vector512.Create(a)).ToScalar().Should().BeApproximately(expected, expected * 2e-7f, $"a is {a}");
        }
    }
}
