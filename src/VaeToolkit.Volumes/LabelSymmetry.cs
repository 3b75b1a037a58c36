using TorchSharp;

namespace VaeToolkit.Volumes;

/// <summary>
/// What a mirror image, left for right, does to labels. Nothing mirrors volumes until this is said: where one label is a structure on the
/// left and another the same structure on the right, a mirror image with the labels as they are is wrong.
/// </summary>
public sealed class LabelSymmetry
{
    private readonly IReadOnlyList<(int Left, int Right)> _pairs;

    private LabelSymmetry(IReadOnlyList<(int Left, int Right)> pairs) => _pairs = pairs;

    /// <summary>Every label means the same on both sides, such as <c>lesion</c>.</summary>
    public static LabelSymmetry Symmetric { get; } = new([]);

    /// <summary>Labels that a mirror image exchanges; all others mean the same on both sides.</summary>
    /// <param name="pairs">The labels of a structure's two sides; all at least 1 and each once.</param>
    /// <exception cref="ArgumentException">There is no pair, a label is below 1, or one comes twice.</exception>
    public static LabelSymmetry Pairs(params IReadOnlyList<(int Left, int Right)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        int[] labels = [.. pairs.SelectMany(pair => new[] { pair.Left, pair.Right })];
        if (labels.Length == 0 || labels.Any(label => label < 1) || labels.Distinct().Count() != labels.Length)
            throw new ArgumentException(
                $"Pairs of labels, at least one, have labels of at least 1 and each once, but are {Text(pairs)}.", nameof(pairs));
        return new([.. pairs]);
    }

    /// <summary>The labels of a structure's two sides; empty where every label means the same on both.</summary>
    public IReadOnlyList<(int Left, int Right)> LabelPairs => _pairs;

    /// <summary>What a mirror image does to labels: <c>symmetric</c>, or the pairs.</summary>
    public override string ToString() => _pairs.Count == 0 ? "symmetric" : $"pairs {Text(_pairs)}";

    /// <summary>What a label is in a mirror image.</summary>
    public int Mirrored(int label)
    {
        foreach (var (left, right) in _pairs)
        {
            if (label == left)
                return right;
            if (label == right)
                return left;
        }
        return label;
    }

    /// <summary>Labels of a mirror image, in the caller's scope.</summary>
    public torch.Tensor Mirrored(torch.Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = torch.NewDisposeScope();
        var mirrored = labels.alias();
        foreach (var (left, right) in _pairs)
            mirrored = mirrored + (labels.eq(left).to(labels.dtype) - labels.eq(right).to(labels.dtype)) * (right - left);
        return mirrored.MoveToOuterDisposeScope();
    }

    private static string Text(IReadOnlyList<(int Left, int Right)> pairs) =>
        string.Join(", ", pairs.Select(pair => FormattableString.Invariant($"{pair.Left} and {pair.Right}")));
}
