using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Trains networks on a target by the methods that are compared: same volumes, steps, batches, augmentation, rate and seed; they differ in
/// the start, in what is trained and in the prior, and in nothing else. Networks start on the CPU and are then moved to the data's device,
/// so that they start alike on every device.
/// </summary>
/// <param name="network">The networks' shape, the same as the source's.</param>
/// <param name="source">The source's snapshots; null when no method starts from them.</param>
/// <param name="priors">The priors learned from them; not disposed. Null when only methods without a prior are asked for.</param>
/// <param name="noisePriors">Priors learned from noise, for <see cref="TargetMethod.RandomKernelPrior"/>; not disposed.</param>
public sealed class TargetTraining(
    UNet3dOptions network, SnapshotSet? source = null, SourcePriors? priors = null, SourcePriors? noisePriors = null)
{
    private readonly UNet3dOptions _network = (network ?? throw new ArgumentNullException(nameof(network))).Validated();

    /// <summary>Trains a network by a method.</summary>
    /// <param name="method">The method.</param>
    /// <param name="data">The target's volumes; not disposed.</param>
    /// <param name="volumes">Indices of the n volumes to learn from; null for all.</param>
    /// <param name="options">How to train; null for the defaults.</param>
    /// <param name="progress">Told every step.</param>
    /// <param name="cancellationToken">Stops between steps; what was done is returned.</param>
    /// <returns>The network and its run, which the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">The method needs snapshots or priors that were not given.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or a volume has a label for
    /// which the network has no class.</exception>
    /// <exception cref="NonFiniteVolumeException">A volume holds NaN or infinite values.</exception>
    /// <exception cref="NonFiniteLossException">The loss is not finite though the volumes are, or a parameter after the last step.
    /// </exception>
    public TargetResult Train(
        TargetMethod method, SegmentationSource data, IReadOnlyList<int>? volumes = null, TargetOptions? options = null,
        IProgress<StepResult>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new();
        volumes ??= [.. Enumerable.Range(0, data.Count)];
        SegmentationNetwork? network = null;
        (SourcePriors? own, DeepWeightPriorObjective? objective) = (null, null);
        try
        {
            // All of it at once, since ranks whose methods differ would else agree on other things in the same place.
            RankedRun.Agree(options.Training.Exchange, () =>
            {
                options.Validated();
                network = Start(method, options);
                network.to(data.Device);
                if (network is not BayesianUNet3d bayesian)
                    return;
                own = OwnPriors(method, data.Device, options.AdaptReverse);
                var prior = own is null ? PriorOf(method) : options.AdaptReverse ? own.Adapted() : own.Learned();
                objective = new(prior, bayesian, options.Variational(volumes.Distinct().Count()));
            });
            return new(method, network!, objective is null
                ? SegmentationTraining.Run((UNet3d)network!, new SegmentationObjective(options.Loss), data, volumes, options.Training,
                    progress: progress, cancellationToken: cancellationToken)
                : SegmentationTraining.Run((BayesianUNet3d)network!, objective, data, volumes, options.Training,
                    progress: progress, cancellationToken: cancellationToken));
        }
        catch
        {
            network?.Dispose();
            throw;
        }
        finally
        {
            own?.Dispose();
        }
    }

    /// <summary>The networks' shape, and what methods can start from.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"target networks of widths {Shape.Text(_network.Widths)}; {source?.Snapshots.Count ?? 0} source snapshots, ")
        + (priors is null ? "no priors" : $"priors of {string.Join(", ", priors.Groups.Keys)}")
        + (noisePriors is null ? "" : ", priors of noise");

    /// <summary>
    /// The network with which a method starts. Everything random is a function of the training's seed: random starts are the same for all
    /// methods that have one, and so are starts from the prior.
    /// </summary>
    internal SegmentationNetwork Start(TargetMethod method, TargetOptions options) => method switch
    {
        TargetMethod.RandomStart => RandomStart(options),
        TargetMethod.SourceStart => SourceStart(method),
        TargetMethod.FrozenSource => WithFrozenMiddle(SourceStart(method)),
        TargetMethod.PriorStart => FromPrior(RandomStart(options), PriorOf(method).InitialiseWeights, options),
        TargetMethod.GaussianPrior => Twin(options),
        TargetMethod.DeepWeightPrior or TargetMethod.RandomKernelPrior => LearnedPriorStart(method, options),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "not a method of this library"),
    };

    private UNet3d RandomStart(TargetOptions options)
    {
        using var seed = SeedScope.Begin(options.Training.Seed);
        return new UNet3d(_network with { ForegroundRate = options.ForegroundRate ?? _network.ForegroundRate });
    }

    private UNet3d SourceStart(TargetMethod method) => source is null
        ? throw new InvalidOperationException($"{method} needs the source's snapshots, and none were given")
        : source.Load(source.Best);

    private BayesianUNet3d Twin(TargetOptions options)
    {
        using var start = RandomStart(options);
        return BayesianUNet3d.FromNetwork(start, options.LogVariance);
    }

    private BayesianUNet3d LearnedPriorStart(TargetMethod method, TargetOptions options)
    {
        if (options.MeansFrom != MeanStart.Source)
            return options.MeansFrom == MeanStart.Random ? Twin(options)
                : FromPrior(Twin(options), PriorOf(method).InitialiseMeans, options);
        using var snapshot = SourceStart(method);
        return BayesianUNet3d.FromNetwork(snapshot, options.LogVariance);
    }

    private static TNetwork FromPrior<TNetwork>(TNetwork network, Action<TNetwork> initialise, TargetOptions options)
        where TNetwork : SegmentationNetwork
    {
        using var seed = SeedScope.Begin(options.Training.Seed + 1);
        initialise(network);
        return network;
    }

    // Where a run changes the kernel VAEs, or computes on another device than theirs, it has copies of its own.
    private SourcePriors? OwnPriors(TargetMethod method, torch.Device device, bool adapted)
    {
        if (method == TargetMethod.GaussianPrior)
            return null;
        var shared = PriorsOf(method);
        return adapted || !shared.AreOn(device) ? shared.CopyOn(device) : null;
    }

    private SourcePriors PriorsOf(TargetMethod method)
        => (method == TargetMethod.RandomKernelPrior ? noisePriors : priors)
            ?? throw new InvalidOperationException($"{method} needs priors "
                + $"{(method == TargetMethod.RandomKernelPrior ? "learned from noise" : "of the source")}, and none were given");

    private WeightPrior PriorOf(TargetMethod method)
        => method == TargetMethod.GaussianPrior ? PriorsOf(method).Gaussian() : PriorsOf(method).Learned();

    // Trained are the input block (init and the first level down) and the output block (the last level up and out).
    private static UNet3d WithFrozenMiddle(UNet3d network)
    {
        string[] trained = ["init.", "downs.0.", FormattableString.Invariant($"ups.{network.Options.Levels - 2}."), "out."];
        foreach (var (name, parameter) in network.named_parameters())
            parameter.requires_grad_(trained.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
        return network;
    }
}
