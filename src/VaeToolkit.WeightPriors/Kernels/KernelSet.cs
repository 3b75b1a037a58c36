using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Convolution kernels of one group as rows of a matrix, each flattened in the order D, H, W, with where each came from.
/// It owns the matrix.
/// </summary>
public sealed class KernelSet : IDisposable
{
    internal KernelSet(
        string group, torch.Tensor kernels, IReadOnlyList<KernelOrigin> origins, IReadOnlyList<long> kernelShape, long harvested)
    {
        (Group, Origins, KernelShape, Harvested) = (group, origins, kernelShape, harvested);
        Kernels = kernels.DetachFromDisposeScope();
    }

    /// <summary>The group's name.</summary>
    public string Group { get; }

    /// <summary>The kernels, <c>[n, D]</c>, on the CPU.</summary>
    public torch.Tensor Kernels { get; }

    /// <summary>Where each row came from.</summary>
    public IReadOnlyList<KernelOrigin> Origins { get; }

    /// <summary>A kernel's shape, such as <c>[3, 3, 3]</c>; D is its number of values.</summary>
    public IReadOnlyList<long> KernelShape { get; }

    /// <summary>Kernels that the snapshots held before those that had died were dropped.</summary>
    public long Harvested { get; }

    /// <summary>Number of kernels.</summary>
    public int Count => Origins.Count;

    /// <summary>The fraction of kernels that was kept.</summary>
    public double FractionKept => (double)Count / Harvested;

    /// <summary>
    /// s, the standard deviation of all values about their common mean: kernels are divided by it before a VAE sees them.
    /// </summary>
    public double StandardDeviation
    {
        get
        {
            using var scope = torch.NewDisposeScope();
            return Kernels.to(torch.float64).std(unbiased: false).ToDouble();
        }
    }

    /// <summary>Whether all values are one number but for rounding, so that there is nothing to standardise by.</summary>
    internal bool IsConstant
    {
        get
        {
            using var scope = torch.NewDisposeScope();
            return FloatSpread.IsConstant(Kernels.min().ToDouble(), Kernels.max().ToDouble());
        }
    }

    /// <summary>
    /// Divides the set by source network: snapshots of one network are near copies, so dividing by row would test on the training data.
    /// </summary>
    /// <param name="validation">The networks whose kernels are held out.</param>
    /// <returns>The rest, and what is held out; the caller disposes both.</returns>
    /// <exception cref="ArgumentException">A part would be empty.</exception>
    public (KernelSet Training, KernelSet Validation) SplitByNetwork(params IReadOnlyCollection<int> validation)
    {
        ArgumentNullException.ThrowIfNull(validation);
        var rows = Enumerable.Range(0, Count).ToLookup(row => validation.Contains(Origins[row].Network), row => (long)row);
        return rows.Count == 2
            ? (Part([.. rows[false]]), Part([.. rows[true]]))
            : throw new ArgumentException($"a part of group '{Group}' would be empty; its networks are "
                + $"{string.Join(", ", Origins.Select(origin => origin.Network).Distinct())}", nameof(validation));
    }

    /// <summary>The group, how many kernels of which shape, and what was kept.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Group}: {Count} kernels {Shape.Text(KernelShape)}, {100 * FractionKept:F0} % of {Harvested}, ")
        + FormattableString.Invariant($"standard deviation {StandardDeviation:G4}");

    /// <summary>Releases the matrix.</summary>
    public void Dispose() => Kernels.Dispose();

    private KernelSet Part(long[] rows)
    {
        using var scope = torch.NewDisposeScope();
        return new(
            Group, Kernels.index_select(0, torch.tensor(rows, device: Kernels.device)), [.. rows.Select(row => Origins[(int)row])],
            KernelShape, rows.Length);
    }
}
