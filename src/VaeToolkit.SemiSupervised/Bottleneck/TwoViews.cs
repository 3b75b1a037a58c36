using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// Pairs of two views of one thing: an input view and a target view, row by row. A batch's items are the pairs, <c>[N, D̃ + D]</c>: the
/// flat input view with the flat target view beside it, from which <see cref="InformationBottleneck"/> takes both.
/// </summary>
public sealed class TwoViews : DataSource
{
    private readonly DataSource _source;
    private readonly long[]? _classCounts;

    private TwoViews(DataSource source, long[]? classCounts) => (_source, _classCounts) = (source, classCounts);

    /// <inheritdoc/>
    public override long Count => _source.Count;

    /// <summary>Shape of a pair, <c>[D̃ + D]</c>.</summary>
    public override IReadOnlyList<long> ItemShape
        => _classCounts is null ? _source.ItemShape : [Shape.Size(_source.ItemShape) + _classCounts.Length];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => _source.Settings;

    /// <summary>
    /// The entropy of the target view in nats where it is a class, −Σ p_c log p_c with the shares of the data; else null, since the
    /// entropy of continuous values is not to be had from them without a model.
    /// </summary>
    public double? ClassEntropy
        => _classCounts is null ? null : -_classCounts.Where(n => n > 0).Select(n => (double)n / Count).Sum(p => p * Math.Log(p));

    /// <summary>Two views as tensors. Both are copied; the object owns the copy.</summary>
    /// <param name="input">The input view, <c>[N, *input]</c>, floating-point, finite.</param>
    /// <param name="target">The target view, <c>[N, *target]</c>, of the same type, finite, with rows that differ.</param>
    /// <exception cref="ArgumentException">The views are not paired, hold NaN, or all rows of the target are the same,
    /// so there is nothing to learn about it.</exception>
    public static TwoViews Of(torch.Tensor input, torch.Tensor target)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        if (input.Dimensions < 2 || target.Dimensions < 2 || input.shape[0] != target.shape[0] || input.shape[0] == 0)
            throw new ArgumentException($"the input view is {Shape.Text(input)}, the target view {Shape.Text(target)}; both "
                + "must be [N, ...] with one N of at least 1", nameof(target));
        using var scope = torch.NewDisposeScope();
        var (flatInput, flatTarget) = (input.detach().flatten(1), target.detach().flatten(1));
        if (IsConstant(flatTarget))
            throw new ArgumentException(
                "all rows of the target view are the same but for rounding: its entropy is none, and there is nothing to learn about it",
                nameof(target));
        return new TwoViews(new TensorData(torch.cat([flatInput, flatTarget], 1)), classCounts: null);
    }

    // But for rounding, in every column. By their ends, since differences would take the memory of all rows several times.
    private static bool IsConstant(torch.Tensor rows)
    {
        var rounding = rows.dtype == torch.ScalarType.Float64 ? 4.5e-16 : 2.4e-7;
        var (least, most) = (rows.amin([0L]), rows.amax([0L]));
        return (most - least).le(torch.maximum(least.abs(), most.abs()) * rounding).all().ToBoolean();
    }

    /// <summary>
    /// Items as the input view, and their labels as the target view, in one-hot rows. The items stay the caller's, who disposes them after
    /// this object; random binarisation goes on as it was.
    /// </summary>
    /// <param name="labelled">Labelled items.</param>
    /// <param name="classes">Y; labels are from 0 to Y − 1.</param>
    /// <exception cref="ArgumentException">There are no labels, one is not a class, or all are the same.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 2.</exception>
    public static TwoViews OfLabels(DataSource labelled, long classes)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        var counts = new long[classes];
        long row = 0;
        foreach (var batch in labelled.InOrder(1000))
        {
            var labels = LabelSpace.Values(batch.Labels ?? throw new ArgumentException("the items have no labels to be the target view"));
            if (LabelSpace.FindUnknown(labels, classes) is var bad and >= 0)
                throw new ArgumentException(
                    $"the label of row {row + bad} is {labels[bad]}; there are classes 0 to {classes - 1}", nameof(labelled));
            foreach (var label in labels)
                counts[label]++;
            row += labels.Length;
        }
        return counts.Max() == labelled.Count
            ? throw new ArgumentException($"all labels are {Array.IndexOf(counts, labelled.Count)}: their entropy is 0, and "
                + "there is nothing to learn about them", nameof(labelled))
            : new TwoViews(labelled, counts);
    }

    /// <inheritdoc/>
    public override string? Fingerprint() => _source.Fingerprint();

    /// <inheritdoc/>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => Pairs(_source.Batches(size, seed, epoch));

    /// <inheritdoc/>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0) => Pairs(_source.InOrder(size, seed));

    /// <inheritdoc/>
    public override string NameOf(long position, int size) => _source.NameOf(position, size);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _classCounts is null)
            _source.Dispose();
    }

    private IEnumerable<Batch> Pairs(IEnumerable<Batch> batches)
    {
        if (_classCounts is null)
        {
            foreach (var batch in batches)
                yield return batch;
            yield break;
        }
        foreach (var batch in batches)
        {
            using var pair = WithOneHot(batch);
            yield return pair;
        }
    }

    private Batch WithOneHot(Batch batch)
    {
        using var scope = torch.NewDisposeScope();
        var rows = OneHot.Rows(batch.Labels!, _classCounts!.Length, batch.Items.dtype);
        return new Batch(torch.cat([batch.Items.flatten(1), rows], 1));
    }
}
