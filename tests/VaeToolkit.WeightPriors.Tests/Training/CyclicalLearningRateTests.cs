using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Training;

public sealed class CyclicalLearningRateTests
{
    [Fact]
    public void The_rate_falls_along_a_cosine_and_starts_again()
    {
        var schedule = new CyclicalLearningRate(steps: 300, cycles: 3, highest: 0.004);
        schedule.CycleLength.Should().Be(100);
        foreach (var start in new[] { 0, 100, 200 })
        {
            schedule.At(start).Should().BeApproximately(0.004, 1e-15);
            schedule.At(start + 50).Should().BeApproximately(0.002, 1e-15);
            schedule.At(start + 25).Should().BeApproximately(0.002 * (1 + Math.Sqrt(0.5)), 1e-15);
            schedule.At(start + 99).Should().BeApproximately(0.00004, 1e-15, "the floor is 1 %");
        }
    }

    [Theory]
    [InlineData(300, 3, new[] { 99, 199, 299 })]
    [InlineData(10, 4, new[] { 2, 5, 8, 9 })]
    [InlineData(5, 1, new[] { 4 })]
    public void Cycles_end_where_the_rate_is_lowest(int steps, int cycles, int[] ends)
    {
        var schedule = new CyclicalLearningRate(steps, cycles, 1);
        Enumerable.Range(0, steps).Where(schedule.EndsCycle).Should().Equal(ends);
    }

    [Fact]
    public void Every_group_keeps_its_own_scale()
    {
        using var parameter = torch.nn.Parameter(torch.zeros(2));
        using var optimizer = Optimizers.Adam([parameter], learningRate: 0.5);
        var schedule = new CyclicalLearningRate(4, 2, 0.1);
        schedule.Apply(optimizer, 1);
        optimizer.ParamGroups.Single().LearningRate.Should().BeApproximately(0.25, 1e-12);
        schedule.Apply(optimizer, 2);
        optimizer.ParamGroups.Single().LearningRate.Should().BeApproximately(0.5, 1e-12);
    }

    [Fact]
    public void Numbers_that_make_no_schedule_are_refused()
    {
        FluentActions.Invoking(() => new CyclicalLearningRate(10, 6, 1))
            .Should().Throw<ArgumentException>().WithMessage("*5 cycles, not 6*");
        FluentActions.Invoking(() => new CyclicalLearningRate(0, 1, 1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new CyclicalLearningRate(4, 1, 0)).Should().Throw<ArgumentOutOfRangeException>();
        new CyclicalLearningRate(4, 1, 1).Invoking(s => s.At(4)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
