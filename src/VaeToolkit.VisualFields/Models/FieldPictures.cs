using TorchSharp;

namespace VaeToolkit.VisualFields;

/// <summary>
/// Fields as pictures of two channels <c>[2, 12, 12]</c>: the sensitivities divided by <see cref="Decibels"/>, and a mask that is 1 at a
/// place that has one and 0 elsewhere, in the corners and at missing places alike. Under the mask the first channel is 0, and nothing reads
/// it.
/// </summary>
public static class FieldPictures
{
    /// <summary>The sensitivity that a picture has as 1, in dB.</summary>
    public const double Decibels = 35;

    /// <summary>The shape of a picture.</summary>
    public static IReadOnlyList<long> ItemShape { get; } = [2, FieldLayout.PictureSize, FieldLayout.PictureSize];

    /// <summary>Fields as a batch of pictures, float32, of the caller's dispose scope.</summary>
    /// <param name="layout">Their places.</param>
    /// <param name="fields">The fields, at least one.</param>
    /// <returns><c>[N, 2, 12, 12]</c>.</returns>
    /// <exception cref="ArgumentException">There are none, or they have another number of places.</exception>
    public static torch.Tensor Of(FieldLayout layout, IReadOnlyList<VisualField> fields)
    {
        RequirePlaces(layout, fields);
        using var scope = torch.NewDisposeScope();
        return Of(layout, fields.Select(field => field.Sensitivities), fields.Count).to(torch.float32).MoveToOuterDisposeScope();
    }

    /// <summary>Fields as training data.</summary>
    /// <param name="layout">Their places.</param>
    /// <param name="fields">The fields, at least one.</param>
    /// <exception cref="ArgumentException">There are none, or they have another number of places.</exception>
    public static TensorData Data(FieldLayout layout, IReadOnlyList<VisualField> fields)
    {
        using var scope = torch.NewDisposeScope();
        return new(Of(layout, fields));
    }

    /// <summary>The sensitivities of pictures, in dB.</summary>
    /// <param name="layout">The places.</param>
    /// <param name="pictures">Pictures or a likelihood's means, <c>[N, 2, 12, 12]</c>.</param>
    /// <returns><c>[N][places]</c>.</returns>
    /// <exception cref="ArgumentException">They have another shape.</exception>
    public static double[][] Sensitivities(FieldLayout layout, torch.Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Shape.RequireItems(pictures, ItemShape, nameof(pictures));
        using var scope = torch.NewDisposeScope();
        var values = pictures.detach().reshape([-1, .. ItemShape]).cpu().to(torch.float64).contiguous();
        var numbers = values.data<double>().ToArray();
        var size = numbers.Length / (int)values.shape[0];
        return [.. Enumerable.Range(0, (int)values.shape[0]).Select(
            n => layout.Places.Select(place => numbers[n * size + Cell(place)] * Decibels).ToArray())];
    }

    /// <summary>The picture's cells that are places, in the layout's order.</summary>
    internal static IReadOnlyList<long> Cells(FieldLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return [.. layout.Places.Select(place => (long)Cell(place))];
    }

    /// <summary>Rows of dB with NaN where one is missing, float64.</summary>
    internal static torch.Tensor Of(FieldLayout layout, IEnumerable<IReadOnlyList<double>> rows, int count)
    {
        const int cells = FieldLayout.PictureSize * FieldLayout.PictureSize;
        var values = new double[count * 2 * cells];
        var start = 0;
        foreach (var row in rows)
        {
            for (var k = 0; k < layout.Count; k++)
            {
                if (double.IsNaN(row[k]))
                    continue;
                var cell = start + Cell(layout.Places[k]);
                (values[cell], values[cells + cell]) = (row[k] / Decibels, 1);
            }
            start += 2 * cells;
        }
        return torch.tensor(values, device: torch.CPU).reshape([count, .. ItemShape]);
    }

    /// <exception cref="ArgumentException">There are no fields, or one has another number of places than the layout.</exception>
    internal static void RequirePlaces(FieldLayout layout, IReadOnlyList<VisualField> fields)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Count == 0)
            throw new ArgumentException("there are no fields", nameof(fields));
        if (fields.FirstOrDefault(field => field.Sensitivities.Count != layout.Count) is { } bad)
            throw new ArgumentException(
                $"a field has {bad.Sensitivities.Count} places; the layout has {layout.Count}", nameof(fields));
    }

    private static int Cell(FieldPlace place) => place.Row * FieldLayout.PictureSize + place.Column;
}
