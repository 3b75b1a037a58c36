using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>The kernel VAEs of all groups of a source, and the priors that can be made from them. It owns the VAEs.</summary>
public sealed class SourcePriors : IDisposable
{
    private SourcePriors(KernelGrouping grouping, Dictionary<string, GroupPrior> groups) => (Grouping, Groups) = (grouping, groups);

    /// <summary>Which layers share a prior.</summary>
    public KernelGrouping Grouping { get; }

    /// <summary>What was learned, by group.</summary>
    public IReadOnlyDictionary<string, GroupPrior> Groups { get; }

    /// <summary>Harvests a source's kernels and trains a VAE for each group.</summary>
    /// <param name="source">The source's snapshots.</param>
    /// <param name="options">Grouping, threshold and the VAEs; null for the defaults.</param>
    /// <param name="progress">Told the group and its report as each is done.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">The source has no more networks than are held out, or a group cannot be learned.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SourcePriors Learn(
        SnapshotSet source, SourcePriorOptions? options = null, IProgress<(string Group, GroupPrior Prior)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new();
        int[] networks = [.. source.Snapshots.Select(snapshot => snapshot.Network).Distinct().Order()];
        if (options.HeldOutNetworks < 0 || options.HeldOutNetworks >= networks.Length)
            throw new ArgumentException($"the source has {networks.Length} networks; HeldOutNetworks is "
                + $"{options.HeldOutNetworks}, but must be 0 to {networks.Length - 1}", nameof(options));
        var grouping = options.Grouping ?? KernelHarvest.LayersOf(source);
        return Train(
            grouping, KernelHarvest.Of(source, grouping, options.Threshold),
            set => Report(set, options.Vae, networks[^options.HeldOutNetworks..], cancellationToken),
            options.Vae, progress, cancellationToken);
    }

    /// <summary>
    /// VAEs trained on kernels whose values are independent, N(0, s²), as many as each group's and with its s: what a deep weight prior is
    /// without anything learned. No figures are reported.
    /// </summary>
    /// <param name="vae">The VAEs' training; its seed also draws the kernels.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SourcePriors LearnFromNoise(KernelVaeOptions vae, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(vae);
        using var seed = SeedScope.Begin(vae.Seed);
        return Train(Grouping, [.. Grouping.Groups.Select(Noise)], _ => null, vae, null, cancellationToken);

        KernelSet Noise(string group)
        {
            using var scope = torch.NewDisposeScope();
            var (like, count) = (Groups[group].Vae, Groups[group].Kernels);
            return new(group, torch.randn([count, like.KernelSize]) * like.Scale, new KernelOrigin[count], like.KernelShape, count);
        }
    }

    /// <summary>The deep weight prior: each group's kernel VAE.</summary>
    public WeightPrior Learned() => Of(prior => new VaeKernelPrior(prior.Vae));

    /// <summary>Independent weights, N(0, s²) with each group's s.</summary>
    public WeightPrior Gaussian() => Of(prior => new GaussianKernelPrior(prior.Vae.KernelSize, prior.Vae.Scale));

    /// <summary>A copy with VAEs of its own, on the same device, which the caller disposes.</summary>
    public SourcePriors Copy()
        => new(Grouping, Groups.ToDictionary(pair => pair.Key, pair => pair.Value with { Vae = pair.Value.Vae.Copy() }));

    /// <summary>
    /// The deep weight prior whose encoders are trained along with the network. It changes the VAEs: use a <see cref="Copy"/>.
    /// </summary>
    public WeightPrior Adapted() => Of(prior => new VaeKernelPrior(prior.Vae, adaptReverse: true));

    /// <summary>Whether all VAEs are on a device.</summary>
    internal bool AreOn(torch.Device device)
        => Groups.Values.Select(prior => prior.Vae.Vae.parameters().First().device)
            .All(own => (own.type, own.index) == (device.type, device.index));

    /// <summary>A <see cref="Copy"/> on another device.</summary>
    internal SourcePriors CopyOn(torch.Device device)
    {
        var copy = Copy();
        foreach (var prior in copy.Groups.Values)
            prior.Vae.Vae.to(device);
        return copy;
    }

    /// <summary>
    /// A line a group: kernels, what is kept, and on networks held out the evidence bound, its KL, active units and the gain over
    /// independent normals with its standard error, in nats a kernel.
    /// </summary>
    public override string ToString() => TextTable.Of(
    [
        ["group", "kernels", "kept, %", "ELBO", "KL", "active", "gain", "±"],
        .. Groups.Select(pair => Row(pair.Key, pair.Value)),
    ]);

    private static string[] Row(string group, GroupPrior prior) =>
    [
        group, TextTable.Number(prior.Kernels, "F0"), TextTable.Number(100 * prior.FractionKept, "F0"),
        .. prior.Report is { } report
            ? [TextTable.Number(report.Elbo, "F2"), TextTable.Number(report.Kl, "F2"), TextTable.Number(report.ActiveUnits, "F0"),
                TextTable.Number(report.Gain, "F2"), TextTable.Number(report.GainStandardError, "F2")]
            : new[] { "-", "-", "-", "-", "-" },
    ];

    /// <summary>Releases the VAEs.</summary>
    public void Dispose()
    {
        foreach (var prior in Groups.Values)
            prior.Vae.Dispose();
    }

    private WeightPrior Of(Func<GroupPrior, KernelPrior> prior)
        => new(Grouping, Groups.ToDictionary(pair => pair.Key, pair => prior(pair.Value)));

    private static SourcePriors Train(
        KernelGrouping grouping, IReadOnlyList<KernelSet> sets, Func<KernelSet, KernelVaeReport?> report, KernelVaeOptions vae,
        IProgress<(string, GroupPrior)>? progress, CancellationToken token)
    {
        var groups = new Dictionary<string, GroupPrior>();
        try
        {
            foreach (var set in sets)
            {
                // Kept before it is reported on: a report may throw or be cancelled, and then the VAE must be released with the others.
                groups[set.Group] = new(KernelVaeTraining.Train(set, vae, cancellationToken: token), set.Count, set.FractionKept, null);
                groups[set.Group] = groups[set.Group] with { Report = report(set) };
                progress?.Report((set.Group, groups[set.Group]));
            }
            return new(grouping, groups);
        }
        catch
        {
            foreach (var prior in groups.Values)
                prior.Vae.Dispose();
            throw;
        }
        finally
        {
            foreach (var set in sets)
                set.Dispose();
        }
    }

    private static KernelVaeReport? Report(KernelSet set, KernelVaeOptions vae, int[] heldOutNetworks, CancellationToken token)
    {
        if (heldOutNetworks.Length == 0)
            return null;
        var (training, heldOut) = set.SplitByNetwork(heldOutNetworks);
        using (training)
        using (heldOut)
        {
            using var model = KernelVaeTraining.Train(training, vae, cancellationToken: token);
            return KernelVaeEvaluation.Evaluate(model, training, heldOut, cancellationToken: token);
        }
    }
}
