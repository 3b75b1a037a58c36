namespace VaeToolkit.Mega.Tests.Classical;

/// <summary>Which of two runs is kept.</summary>
public sealed class MixtureCandidateTests
{
    [Theory]
    [InlineData(-5, -4, true)]
    [InlineData(-5, -5 + 1e-10, false)]
    [InlineData(-4, -5, false)]
    [InlineData(double.NegativeInfinity, -1e300, true)]
    [InlineData(-1e300, double.NegativeInfinity, false)]
    [InlineData(double.NegativeInfinity, double.NegativeInfinity, false)]
    [InlineData(double.NaN, -5, true)]
    [InlineData(-5, double.NaN, false)]
    public void The_second_is_kept_where_it_is_better_by_more_than_rounding(double first, double second, bool isSecond)
    {
        var (one, other) = (new MixtureCandidate(null!, (true, 0, first)), new MixtureCandidate(null!, (true, 0, second)));
        MixtureCandidate.Better(one, other).Should().BeSameAs(isSecond ? other : one);
        (one, other) = (new(null!, (true, first, 0)), new(null!, (true, second, 0)));
        MixtureCandidate.Better(one, other).Should().BeSameAs(isSecond ? other : one);
    }
}
