using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>The last layer of an encoder: one linear map to mean and log-variance together.</summary>
/// <param name="inputs">The number of features that it takes.</param>
/// <param name="latentSize">Z.</param>
/// <param name="range">Where log-variances are clamped to; null leaves them alone.</param>
public sealed class DiagonalNormalHead(long inputs, long latentSize, LogVarianceRange? range)
{
    private readonly LogVarianceRange? _range = range?.Validated("LogVariance");

    /// <summary>The linear map to 2 Z numbers. The encoder registers it: a head is no module.</summary>
    public Linear Linear { get; } = torch.nn.Linear(inputs, 2 * latentSize);

    /// <summary>The posterior for features <c>[N, inputs]</c>.</summary>
    public DiagonalNormal Posterior(torch.Tensor features) => Split(Linear.forward(features));

    /// <summary>The posterior of what the linear map gave.</summary>
    public DiagonalNormal Split(torch.Tensor both)
    {
        ArgumentNullException.ThrowIfNull(both);
        var parts = both.chunk(2, dim: -1);
        var logVariance = _range is { } r ? parts[1].clamp(r.Minimum, r.Maximum) : parts[1];
        return new DiagonalNormal(parts[0], logVariance);
    }

    /// <summary>Writes the posterior for features <c>[N, inputs]</c> into a graph.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="features">What the linear map takes.</param>
    public PosteriorGraph WriteTo(NetworkGraph graph, GraphValue features)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(features);
        var (mean, logVariance) = graph.Layer(Linear, features).Halves(-1);
        return new(mean, logVariance.Clamp(_range));
    }
}
