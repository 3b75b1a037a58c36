namespace VaeToolkit.WeightPriors;

/// <summary>A network trained on a target. It owns the network.</summary>
/// <param name="method">How it was trained.</param>
/// <param name="network">The network.</param>
/// <param name="run">What the training was like.</param>
public sealed class TargetResult(TargetMethod method, SegmentationNetwork network, SegmentationRun run) : IDisposable
{
    /// <summary>How it was trained.</summary>
    public TargetMethod Method { get; } = method;

    /// <summary>The network.</summary>
    public SegmentationNetwork Network { get; } = network;

    /// <summary>What the training was like.</summary>
    public SegmentationRun Run { get; } = run;

    /// <summary>Releases the network.</summary>
    public void Dispose() => Network.Dispose();

    /// <summary>The method, the network, and what the training was like.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Method, Network, Run);
}
