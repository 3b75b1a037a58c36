using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Distributions;

namespace VaeToolkit.Encoders;

/// <summary>The last layer of an encoder: one linear map to mean and log-variance together.</summary>
internal sealed class DiagonalNormalHead(long inputs, long latentSize, LogVarianceRange? range)
{
    private readonly LogVarianceRange? _range = range?.Validated("LogVariance");

    internal Linear Linear { get; } = torch.nn.Linear(inputs, 2 * latentSize);

    internal DiagonalNormal Posterior(torch.Tensor features) => Split(Linear.forward(features));

    /// <summary>The posterior of what the linear map gave.</summary>
    internal DiagonalNormal Split(torch.Tensor both)
    {
        var parts = both.chunk(2, dim: -1);
        var logVariance = _range is { } r ? parts[1].clamp(r.Minimum, r.Maximum) : parts[1];
        return new DiagonalNormal(parts[0], logVariance);
    }
}
