using TorchSharp.Modules;
using static TorchSharp.torch.optim;

namespace TorchSharp.Tests;

/// <summary>Learning-rate schedules against PyTorch's.</summary>
public sealed class SchedulerTests
{
    private static readonly Fixture s_numbers = new("optimisers");

    private static readonly Dictionary<string, Func<Optimizer, lr_scheduler.LRScheduler>> s_makers = new()
    {
        ["step"] = o => lr_scheduler.StepLR(o, 3, 0.1),
        ["exponential"] = o => lr_scheduler.ExponentialLR(o, 0.9),
        ["cosine"] = o => lr_scheduler.CosineAnnealingLR(o, 4),
        ["cosine_floor"] = o => lr_scheduler.CosineAnnealingLR(o, 10, 0.1),
        ["lambda"] = o => lr_scheduler.LambdaLR(o, e => 1.0 / (1 + e)),
    };

    public static TheoryData<string> Cases => new(s_makers.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rates_are_those_of_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        using var optimizer = SGD([new Parameter(ones(1))], 1);
        var scheduler = s_makers[name](optimizer);
        foreach (var expected in s_numbers[$"schedule.{name}"].Values())
        {
            scheduler.step();
            scheduler.get_last_lr().Should().Equal(optimizer.ParamGroups.Select(g => g.LearningRate));
            optimizer.ParamGroups.Single().LearningRate.Should().BeApproximately(expected, 1e-12);
        }
    }

    [Theory]
    [InlineData("step")]
    [InlineData("exponential")]
    [InlineData("cosine")]
    [InlineData("lambda")]
    public void Going_to_an_epoch_gives_the_rate_that_stepping_there_gives(string name)
    {
        using var scope = NewDisposeScope();
        using var optimizer = SGD([new Parameter(ones(1))], 1);
        s_makers[name](optimizer).step(7);
        optimizer.ParamGroups.Single().LearningRate.Should().BeApproximately(s_numbers[$"schedule.{name}"].Values()[6], 1e-12);
    }

    [Fact]
    public void Every_group_starts_from_its_own_rate()
    {
        using var scope = NewDisposeScope();
        using var optimizer = SGD([new SGD.ParamGroup([new Parameter(ones(1))], 1), new SGD.ParamGroup([new Parameter(ones(1))], 4)], 9);
        var scheduler = lr_scheduler.LambdaLR(optimizer, e => 0.5);
        scheduler.step();
        optimizer.ParamGroups.Select(g => (g.LearningRate, g.InitialLearningRate)).Should().Equal((0.5, 1), (2, 4));
    }
}
