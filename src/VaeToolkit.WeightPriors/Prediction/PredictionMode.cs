namespace VaeToolkit.WeightPriors;

/// <summary>A Bayesian network with one draw of its weights, or with their means, until disposed.</summary>
internal sealed class PredictionMode : IDisposable
{
    private readonly BayesianUNet3d _network;
    private readonly ForwardMode _before;
    private readonly IDisposable? _draw;

    private PredictionMode(BayesianUNet3d network, bool sampled)
    {
        (_network, _before) = (network, network.Mode);
        network.Mode = sampled ? ForwardMode.WeightSample : ForwardMode.Mean;
        _draw = sampled ? network.DrawWeights() : null;
    }

    public void Dispose()
    {
        _draw?.Dispose();
        _network.Mode = _before;
    }

    /// <summary>Draws weights where there is anything to draw and more than one sample is wanted.</summary>
    internal static PredictionMode? Enter(SegmentationNetwork network, int samples)
        => network is BayesianUNet3d bayesian ? new(bayesian, samples > 1) : null;
}
