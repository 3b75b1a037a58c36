using TorchSharp;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors;

/// <summary>Labelled volumes in memory. It holds second handles on the tensors it is given, or copies where their types differ.</summary>
public sealed class SegmentationData : SegmentationSource, IDisposable
{
    private readonly torch.Tensor _volumes;
    private readonly torch.Tensor _labels;
    private readonly IReadOnlyList<string>? _names;
    private readonly IReadOnlyList<string> _warnings;

    /// <summary>Volumes with their labels.</summary>
    /// <param name="volumes">Volumes <c>[N, C, D, H, W]</c>, floating-point; halves become float32. Training takes them in the
    /// network's type.</param>
    /// <param name="labels">Labels <c>[N, D, H, W]</c> of any integer type; they go to the volumes' device.</param>
    /// <param name="names">The volumes' names for messages; null numbers them.</param>
    /// <exception cref="ArgumentException">There are no volumes, or shapes, types or the number of names do not fit.</exception>
    public SegmentationData(torch.Tensor volumes, torch.Tensor labels, IReadOnlyList<string>? names = null)
        : this(volumes, labels, names, [])
    {
    }

    private SegmentationData(torch.Tensor volumes, torch.Tensor labels, IReadOnlyList<string>? names, IReadOnlyList<string> warnings)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        ArgumentNullException.ThrowIfNull(labels);
        RequireFit(volumes, labels, names);
        using var scope = torch.NewDisposeScope();
        var type = volumes.dtype == torch.float64 ? torch.float64 : torch.float32;
        _volumes = volumes.detach().to(type).alias().DetachFromDisposeScope();
        _labels = labels.detach().to(torch.int64, volumes.device).alias().DetachFromDisposeScope();
        (_names, _warnings) = (names, warnings);
    }

    /// <summary>Cases of one size, prepared, in memory; their names are kept.</summary>
    /// <param name="cases">The cases, all with labels.</param>
    /// <exception cref="ArgumentException">There is none, one has no labels, or sizes or channels differ.</exception>
    public static SegmentationData Of(IReadOnlyList<VolumeCase> cases)
    {
        using var scope = torch.NewDisposeScope();
        var (volumes, labels) = VolumeCase.Stack(cases);
        return new(volumes, labels, [.. cases.Select(item => item.Name)], [.. cases.Select(item => item.Warning).OfType<string>()]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => _warnings;

    /// <inheritdoc/>
    public override int Count => (int)_volumes.shape[0];

    /// <inheritdoc/>
    public override torch.Device Device => _volumes.device;

    /// <summary>The fraction of voxels with a label above 0: what <c>UNet3dOptions.ForegroundRate</c> wants.</summary>
    public double ForegroundRate
    {
        get
        {
            using var scope = torch.NewDisposeScope();
            return (double)_labels.gt(0).sum().ToInt64() / _labels.NumberOfElements;
        }
    }

    /// <inheritdoc/>
    public override string NameOf(int index) => _names?[index] ?? FormattableString.Invariant($"volume {index}");

    /// <inheritdoc/>
    /// <returns>Volumes <c>[N, C, D, H, W]</c>, float64 where they were given so and else float32, and labels <c>[N, D, H, W]</c> (int64).
    /// The caller disposes both.</returns>
    public override Batch Take(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        using var scope = torch.NewDisposeScope();
        // Not by a tensor of indices, which would have to be sent to the volumes' device: that waits for it.
        return new Batch(Chosen(_volumes), Chosen(_labels));

        torch.Tensor Chosen(torch.Tensor all) => torch.stack(indices.Select(index => all.select(0, Required(index))));
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        _volumes.Dispose();
        _labels.Dispose();
    }

    private int Required(int index) => index >= 0 && index < Count
        ? index
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"volumes are numbered 0 to {Count - 1}");

    private static void RequireFit(torch.Tensor volumes, torch.Tensor labels, IReadOnlyList<string>? names)
    {
        var (v, l) = (volumes.shape, labels.shape);
        if (v.Length != 5 || l.Length != 4 || v[0] != l[0] || !v.AsSpan(2).SequenceEqual(l.AsSpan(1)) || v[0] == 0)
            throw new ArgumentException($"volumes have shape {Shape.Text(v)}, labels {Shape.Text(l)}; they must be [N, C, D, "
                + "H, W] and [N, D, H, W] with N at least 1", nameof(labels));
        if (!volumes.is_floating_point() || labels.is_floating_point())
            throw new ArgumentException(
                $"volumes are {volumes.dtype}, labels {labels.dtype}; volumes must be floating-point and labels integers", nameof(labels));
        if (names is not null && names.Count != v[0])
            throw new ArgumentException($"there are {names.Count} names for {v[0]} volumes", nameof(names));
    }
}
