using TorchSharp;

namespace VaeToolkit.WeightPriors.Tests;

/// <summary>What rounding left of a constant has no spread to be divided by, whatever its size.</summary>
public sealed class ConstantTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.1f)]
    [InlineData(-3e-7f)]
    [InlineData(1e20f)]
    public void Kernels_of_one_number_are_refused_and_others_of_that_size_are_not(float value)
    {
        using var constant = Kernels(i => i % 3 == 0 ? value : MathF.BitIncrement(value));
        FluentActions.Invoking(() => KernelVaeTraining.Train(constant, new() { Steps = 1 }))
            .Should().Throw<ArgumentException>().WithMessage("the kernels of group 'all' do not vary*");
        using var varied = Kernels(i => value * (1 + (i % 7)));
        using var trained = KernelVaeTraining.Train(varied, new() { Steps = 1 });
        trained.Scale.Should().BeApproximately(2 * Math.Abs(value), 0.01 * Math.Abs(value));
    }

    private static KernelSet Kernels(Func<int, float> value)
    {
        var weight = torch.tensor([.. Enumerable.Range(0, 8 * 27).Select(value)]).reshape([4L, 2, 3, 3, 3]);
        var weights = new Dictionary<string, torch.Tensor> { ["layer.weight"] = weight };
        return KernelHarvest.Of(
            [new(0, 0, weights)], KernelGrouping.Custom(["layer"], _ => "all"), KernelThreshold.Absolute(0)).Single();
    }
}
