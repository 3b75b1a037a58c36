namespace VaeToolkit.Volumes;

/// <summary>Voxels by true and predicted class.</summary>
public sealed class ConfusionMatrix
{
    private readonly long[,] _counts;

    private ConfusionMatrix(long[,] counts) => _counts = counts;

    /// <summary>The number of classes.</summary>
    public int Classes => _counts.GetLength(0);

    /// <summary>Voxels of one class that are taken for another.</summary>
    /// <param name="truth">The true class.</param>
    /// <param name="prediction">The predicted class.</param>
    public long this[int truth, int prediction] => _counts[truth, prediction];

    /// <summary>Counts voxels.</summary>
    /// <param name="prediction">Predicted classes.</param>
    /// <param name="truth">True classes, on the same grid.</param>
    /// <param name="classes">The number of classes, at least 2.</param>
    /// <exception cref="ArgumentException">The volumes lie on different grids, or a label is not in 0 to
    /// <paramref name="classes"/> − 1.</exception>
    public static ConfusionMatrix Of(Volume<int> prediction, Volume<int> truth, int classes)
    {
        MaskPair.Check(prediction, truth);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        CheckLabels(prediction, classes, nameof(prediction));
        CheckLabels(truth, classes, nameof(truth));
        var counts = new long[classes, classes];
        for (var i = 0; i < truth.Data.Length; i++)
            counts[truth.Data[i], prediction.Data[i]]++;
        return new(counts);
    }

    /// <summary>One class against all others.</summary>
    /// <param name="label">The class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public OverlapCounts Of(int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, Classes);
        var (row, column, all) = (0L, 0L, 0L);
        for (var other = 0; other < Classes; other++)
        {
            row += this[label, other];
            column += this[other, label];
            for (var prediction = 0; prediction < Classes; prediction++)
                all += this[other, prediction];
        }
        var both = this[label, label];
        return new(both, column - both, row - both, all - row - column + both);
    }

    /// <summary>A row for each true class, a column for each predicted one, and each class's Dice coefficient.</summary>
    public override string ToString()
    {
        int[] classes = [.. Enumerable.Range(0, Classes)];
        return TextTable.Of(
        [
            ["true \\ predicted", .. classes.Select(label => TextTable.Number(label, "F0")), "Dice"],
            .. classes.Select(truth => new[] { TextTable.Number(truth, "F0") }
                .Concat(classes.Select(prediction => TextTable.Number(this[truth, prediction], "F0")))
                .Append(TextTable.Number(Of(truth).Dice, "F3")).ToArray()),
        ]);
    }

    private static void CheckLabels(Volume<int> labels, int classes, string name)
    {
        var bad = Array.FindIndex(labels.Data, label => (uint)label >= (uint)classes);
        if (bad >= 0)
            throw new ArgumentException(
                $"{labels.Name}: voxel {bad} has label {labels.Data[bad]}, but there are {classes} classes, 0 to {classes - 1}.", name);
    }
}
