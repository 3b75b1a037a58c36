using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// The prior of all 3×3×3 kernels of a network, p(W) = Π over layers and channels of p_g(w),
/// g being the layer's group (Kuzina et al. 2019).
/// </summary>
public sealed class WeightPrior
{
    private readonly Dictionary<string, KernelPrior> _priors;

    /// <summary>Puts a prior together.</summary>
    /// <param name="grouping">Which layers share a prior.</param>
    /// <param name="priors">The prior of each group; not disposed.</param>
    /// <exception cref="ArgumentException">A group has no prior, or a prior no group.</exception>
    public WeightPrior(KernelGrouping grouping, IReadOnlyDictionary<string, KernelPrior> priors)
    {
        ArgumentNullException.ThrowIfNull(grouping);
        ArgumentNullException.ThrowIfNull(priors);
        var (without, unknown) = (grouping.Groups.Except(priors.Keys).ToList(), priors.Keys.Except(grouping.Groups).ToList());
        if (without.Count + unknown.Count > 0)
            throw new ArgumentException($"groups without a prior: [{string.Join(", ", without)}]; priors without a group: "
                + $"[{string.Join(", ", unknown)}]", nameof(priors));
        (Grouping, _priors) = (grouping, priors.ToDictionary());
    }

    /// <summary>Which layers share a prior.</summary>
    public KernelGrouping Grouping { get; }

    /// <summary>What training adapts beside the network.</summary>
    public IEnumerable<Parameter> OwnParameters => _priors.Values.Distinct().SelectMany(prior => prior.OwnParameters);

    /// <summary>The networks that the groups' priors are made of, each once.</summary>
    public IReadOnlyList<torch.nn.Module> Networks => [.. Grouping.Groups.SelectMany(group => _priors[group].Networks).Distinct()];

    /// <summary>The prior of a group.</summary>
    /// <param name="group">The group's name.</param>
    /// <exception cref="KeyNotFoundException">There is no such group.</exception>
    public KernelPrior this[string group] => _priors[group];

    /// <summary>
    /// Sets a Bayesian network's means to kernels from the prior; all else stays. Random numbers come from torch's default generator.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <exception cref="ArgumentException">A layer belongs to no group, or has kernels of another size; nothing is changed.</exception>
    public void InitialiseMeans(BayesianUNet3d network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Initialise([.. network.BayesianLayers.Select(pair => (pair.Name, pair.Layer.Mean))]);
    }

    /// <summary>Sets a deterministic network's 3×3×3 weights to kernels from the prior; all else stays.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="ArgumentException">A layer belongs to no group, or has kernels of another size; nothing is changed.</exception>
    public void InitialiseWeights(UNet3d network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Initialise([.. network.KernelLayers.Select(layer => (layer, network.get_parameter(layer + ".weight")!))]);
    }

    /// <summary>A line a group, with its prior.</summary>
    public override string ToString()
        => string.Join(Environment.NewLine, Grouping.Groups.Select(group => $"{group}: {_priors[group]}"));

    /// <summary>Requires every layer to have a prior for kernels of its size, and every group to have a layer.</summary>
    /// <exception cref="ArgumentException">One has none; the message names it.</exception>
    internal void RequireCovers(BayesianUNet3d network)
    {
        foreach (var (layer, convolution) in network.BayesianLayers)
            RequireFits(layer, convolution.Mean);
        var empty = Grouping.Groups.Except(network.KernelLayers.Select(Grouping.GroupOf)).ToList();
        if (empty.Count > 0)
            throw new ArgumentException($"no layer of the network belongs to the prior's groups [{string.Join(", ", empty)}]; "
                + "leave them out of the grouping", nameof(network));
    }

    private void Initialise(IReadOnlyList<(string Layer, Parameter Weights)> layers)
    {
        foreach (var (layer, weights) in layers)
            RequireFits(layer, weights);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (layer, weights) in layers)
        {
            var prior = this[Grouping.GroupOf(layer)];
            weights.copy_(prior.SampleMeans(weights.NumberOfElements / prior.KernelSize).reshape(weights.shape));
        }
    }

    private void RequireFits(string layer, Parameter weights)
    {
        var size = this[Grouping.GroupOf(layer)].KernelSize;
        if (size != Shape.Size(weights.shape.Skip(2)))
            throw new ArgumentException($"layer '{layer}' has weights {Shape.Text(weights)}, the prior of its group is over "
                + $"kernels of {size} values", nameof(layer));
    }
}
