using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// What a label can be: one of Y classes, or several things at once (a digit and its writer), whose combinations are then the classes. A
/// label's row is the one-hots of its things side by side; classes are numbered with the last thing changing fastest.
/// </summary>
public sealed class LabelSpace
{
    private readonly long[] _sizes;

    /// <summary>Makes the space.</summary>
    /// <param name="sizes">The number of classes of every thing, each at least 2: one number for a plain label.</param>
    /// <exception cref="ArgumentException">There are none, or one is below 2.</exception>
    public LabelSpace(params IReadOnlyList<long> sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        if (sizes.Count == 0 || sizes.Any(size => size < 2))
            throw new ArgumentException(
                $"the numbers of classes are {Shape.Text(sizes)}; there must be at least one, and each at least 2", nameof(sizes));
        _sizes = [.. sizes];
        (Count, RowSize) = (Shape.Size(_sizes), _sizes.Sum());
    }

    private LabelSpace() => (_sizes, Count, RowSize) = ([1], 1, 1);

    /// <summary>The space of these numbers of classes, be it the trivial one.</summary>
    internal static LabelSpace Of(IReadOnlyList<long> sizes) => sizes is [1] ? Trivial : new(sizes);

    /// <summary>The space of one class, in which an M2 model is a plain autoencoder: a reference.</summary>
    public static LabelSpace Trivial { get; } = new();

    /// <summary>The number of classes of every thing.</summary>
    public IReadOnlyList<long> Sizes => _sizes;

    /// <summary>Y, the number of classes: the product of <see cref="Sizes"/>.</summary>
    public long Count { get; }

    /// <summary>The width of a label's row: the sum of <see cref="Sizes"/>.</summary>
    public long RowSize { get; }

    /// <summary>The class of a combination.</summary>
    /// <param name="label">A class of every thing.</param>
    /// <exception cref="ArgumentException">There are too few or too many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public long IndexOf(params ReadOnlySpan<long> label)
    {
        if (label.Length != _sizes.Length)
            throw new ArgumentException($"there are {label.Length} numbers; a label here has {_sizes.Length}", nameof(label));
        long index = 0;
        for (var i = 0; i < _sizes.Length; i++)
        {
            if (label[i] < 0 || label[i] >= _sizes[i])
                throw new ArgumentOutOfRangeException(nameof(label), label[i], $"number {i} must be from 0 to {_sizes[i] - 1}");
            index = index * _sizes[i] + label[i];
        }
        return index;
    }

    /// <summary>The rows of classes.</summary>
    /// <param name="classes">Classes <c>[N]</c> (int64), each from 0 to Y − 1.</param>
    /// <param name="type">The rows' type.</param>
    /// <returns><c>[N, RowSize]</c>, on the classes' device.</returns>
    /// <exception cref="ArgumentException">A class is out of range; the message names its place. Within a step of training this is not
    /// looked at where it would wait for a GPU.</exception>
    public torch.Tensor Rows(torch.Tensor classes, torch.ScalarType type = torch.ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(classes);
        RequireClasses(classes);
        using var scope = torch.NewDisposeScope();
        return UncheckedRows(classes.to(torch.int64), type).MoveToOuterDisposeScope();
    }

    /// <summary>The rows of all classes in order, <c>[Y, RowSize]</c>, in a tensor's type and on its device.</summary>
    internal torch.Tensor AllRows(torch.Tensor like)
        => UncheckedRows(torch.arange(Count, dtype: torch.int64, device: like.device), like.dtype);

    /// <summary>Rows of classes that are known to be in range.</summary>
    internal torch.Tensor UncheckedRows(torch.Tensor classes, torch.ScalarType type)
    {
        var parts = new torch.Tensor[_sizes.Length];
        var rest = classes;
        for (var i = _sizes.Length - 1; i >= 0; i--)
        {
            parts[i] = OneHot.Rows(rest.remainder(_sizes[i]), _sizes[i], type);
            rest = rest.div(_sizes[i], torch.RoundingMode.floor);
        }
        return parts.Length == 1 ? parts[0] : torch.cat(parts, 1);
    }

    /// <summary>
    /// log q(y|x) of every class from a classifier's logits: the things of a label are independent given x, so log-probabilities add up.
    /// </summary>
    /// <param name="logits"><c>[N, RowSize]</c>.</param>
    /// <returns><c>[N, Y]</c>.</returns>
    internal torch.Tensor LogProbs(torch.Tensor logits)
    {
        torch.Tensor? all = null;
        foreach (var logProbs in Parts(logits).Select(part => part.log_softmax(1)))
            all = all is null ? logProbs : (all.unsqueeze(2) + logProbs.unsqueeze(1)).flatten(1);
        return all!;
    }

    /// <summary>A classifier's logits <c>[N, RowSize]</c>, or label rows, in one piece for every thing.</summary>
    internal IReadOnlyList<torch.Tensor> Parts(torch.Tensor logits)
    {
        if (logits.Dimensions != 2 || logits.shape[1] != RowSize)
            throw new ArgumentException($"the classifier answers with shape {Shape.Text(logits)}; it must be [N, {RowSize}], "
                + "the logits of all classes", nameof(logits));
        return [.. _sizes.Select((size, i) => logits.narrow(1, _sizes.Take(i).Sum(), size))];
    }

    /// <summary>Whether labels are read to look at them: not within a step of training that would wait for a GPU.</summary>
    internal static bool AreLookedAt(torch.Tensor classes) => !TrainingStep.IsComputed || classes.device_type == DeviceType.CPU;

    /// <summary>Requires classes in [0, Y), where they are looked at.</summary>
    internal void RequireClasses(torch.Tensor classes)
    {
        RequireWhole(classes);
        if (!AreLookedAt(classes))
            return;
        var values = Values(classes);
        if (FindUnknown(values, Count) is var bad and >= 0)
            throw new ArgumentException($"the label of row {bad} is {values[bad]}; there are classes 0 to {Count - 1}", nameof(classes));
    }

    /// <summary>Which label is no class, or null when all are one, or hidden, or there are none.</summary>
    internal string? ExplainUnknown(torch.Tensor? classes, long? hidden = null) => ExplainUnknown(classes, Count, hidden);

    /// <summary>The same for classes from 0 to a count − 1.</summary>
    internal static string? ExplainUnknown(torch.Tensor? classes, long count, long? hidden = null)
    {
        if (classes is null)
            return null;
        var values = Values(classes);
        return FindUnknown(values, count, hidden) is var bad and >= 0
            ? $"the label is {values[bad]}, but there are classes 0 to {count - 1}" : null;
    }

    /// <summary>The first label that is neither a class from 0 to a count − 1 nor hidden; −1 when there is none.</summary>
    internal static int FindUnknown(long[] labels, long count, long? hidden = null)
        => Array.FindIndex(labels, label => label != hidden && (label < 0 || label >= count));

    /// <summary>Labels as numbers.</summary>
    internal static long[] Values(torch.Tensor classes)
    {
        RequireWhole(classes);
        using var scope = torch.NewDisposeScope();
        using var accessor = classes.to(torch.int64).cpu().contiguous().data<long>();
        return accessor.ToArray();
    }

    private static void RequireWhole(torch.Tensor classes)
    {
        if (classes.is_floating_point() || classes.is_complex())
            throw new ArgumentException($"the labels are {classes.dtype}; they must be whole numbers, such as int64", nameof(classes));
    }

    /// <summary>The numbers of classes.</summary>
    public override string ToString() => string.Join(" × ", _sizes) + (_sizes.Length == 1 ? " classes" : $" = {Count} classes");
}
