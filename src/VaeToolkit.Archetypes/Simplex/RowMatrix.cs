using TorchSharp;

namespace VaeToolkit.Archetypes;

/// <summary>Matrices of float64 with an item a row, checked where they enter, and the way from tensors.</summary>
internal static class RowMatrix
{
    /// <summary>Rows <c>[N, ...]</c> of a tensor of any type on any device, flat.</summary>
    /// <exception cref="ArgumentException">There are no rows, no values, or one is NaN or infinite: the message names its row.</exception>
    public static double[,] Of(torch.Tensor tensor, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.Dimensions < 2 || tensor.NumberOfElements == 0)
            throw new ArgumentException(
                $"{name} has shape {Shape.Text(tensor)}; it must be [N, ...] with at least one row and one value a row", name);
        using var scope = torch.NewDisposeScope();
        var flat = tensor.detach().cpu().to(torch.float64).flatten(1).contiguous();
        var rows = new double[flat.shape[0], flat.shape[1]];
        using (var values = flat.data<double>())
            Buffer.BlockCopy(values.ToArray(), 0, rows, 0, checked(rows.Length * sizeof(double)));
        RequireFinite(rows, name);
        return rows;
    }

    /// <exception cref="ArgumentException">A value is NaN or infinite: the message names its row and column.</exception>
    public static void RequireFinite(double[,] rows, string name)
    {
        for (var i = 0; i < rows.GetLength(0); i++)
        {
            for (var j = 0; j < rows.GetLength(1); j++)
            {
                if (!double.IsFinite(rows[i, j]))
                    throw new ArgumentException(FormattableString.Invariant(
                        $"{name} holds {rows[i, j]} in row {i}, column {j}; every value must be finite"), name);
            }
        }
    }
}
