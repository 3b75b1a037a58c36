using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A Bayesian network with one draw of its weights, or with their means, for the calling thread, until disposed. The network itself stays
/// as it is.
/// </summary>
internal sealed class PredictionMode : IDisposable
{
    private readonly torch.Tensor[] _drawn;
    private readonly IDisposable _loan;

    private PredictionMode(BayesianUNet3d network, bool sampled)
    {
        using var scope = torch.NewDisposeScope();
        var layers = network.BayesianLayers.Select(each => each.Layer).ToArray();
        _drawn = sampled ? Array.ConvertAll(layers, layer => layer.Draw().DetachFromDisposeScope()) : [];
        _loan = BayesianConv3d.Lend(Enumerable.Range(0, layers.Length)
            .ToDictionary(i => layers[i], i => sampled ? _drawn[i] : layers[i].Mean));
    }

    public void Dispose()
    {
        _loan.Dispose();
        Array.ForEach(_drawn, weights => weights.Dispose());
    }

    /// <summary>Draws weights where there is anything to draw and more than one sample is wanted.</summary>
    internal static PredictionMode? Enter(SegmentationNetwork network, int samples)
        => network is BayesianUNet3d bayesian ? new(bayesian, samples > 1) : null;
}
