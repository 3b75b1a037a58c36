using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.WeightPriors;

/// <summary>An objective of a segmentation network. One of its terms is called <c>data</c>: the data's part of the loss.</summary>
/// <typeparam name="TNetwork">The network that it trains.</typeparam>
public abstract class NetworkObjective<TNetwork> : Objective<TNetwork>
    where TNetwork : SegmentationNetwork
{
    /// <summary>The name of the data's term.</summary>
    public const string DataTerm = "data";

    /// <summary>What the objective trains beside the network; by default nothing.</summary>
    public virtual IEnumerable<Parameter> OwnParameters => [];

    /// <summary>
    /// The networks beside the trained one on whose weights the loss depends, trained along or not; by default none. Where ranks train
    /// together, all take rank 0's.
    /// </summary>
    public virtual IReadOnlyList<torch.nn.Module> Alongside => [];
}
