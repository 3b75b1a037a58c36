using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.SemiSupervised;

/// <summary>The layers after a <see cref="JointLayer"/>: its activation, and the hidden layers that follow.</summary>
internal static class ConditionalTrunk
{
    /// <summary>act1, fc2, act2, …: the first width is that of the joint layer.</summary>
    internal static Sequential After(IReadOnlyList<long> widths, Activation activation)
    {
        var layers = new List<(string, torch.nn.Module<torch.Tensor, torch.Tensor>)> { ("act1", Layers.Create(activation)) };
        for (var k = 1; k < widths.Count; k++)
        {
            layers.Add(($"fc{k + 1}", torch.nn.Linear(widths[k - 1], widths[k])));
            layers.Add(($"act{k + 1}", Layers.Create(activation)));
        }
        return torch.nn.Sequential(layers);
    }
}
