namespace VaeToolkit;

/// <summary>The products of a fully connected layer in training, on the caller's thread alone: forwards, and the two backwards.</summary>
/// <remarks>Every number is summed over inputs, outputs or rows from first to last, so what else is computed does not change it.</remarks>
internal static unsafe class DenseProducts
{
    // A panel of so many rows stays in the second-level cache beside what it is multiplied with.
    private const int RowsOfBlock = 512;

    private static int Columns => DenseKernel.Columns;

    /// <summary>y = max(s, slope · s) with s = x Wᵀ + b.</summary>
    /// <param name="x"><c>[rows, inputs]</c>.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="y"><c>[rows, outputs]</c>.</param>
    internal static void Forwards(DenseRows x, DenseStep layer, DenseRows y)
    {
        using var memory = Memory(x.Width);
        var weight = DenseRows.Floats(layer.Weight);
        var bias = DenseRows.Floats(layer.Bias);
        for (var first = 0; first < y.Width; first += Columns)
        {
            DensePanels.FillOne(weight + ((nint)first * x.Width), bias + first, x.Width, Math.Min(Columns, y.Width - first), memory.Values);
            Multiply(x, memory.Values, layer.Slope, y, first, adds: false);
        }
    }

    /// <summary>∂/∂x = g W.</summary>
    /// <param name="g">∂/∂s, <c>[rows, outputs]</c>.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="x">Where it goes, <c>[rows, inputs]</c>.</param>
    internal static void BackwardsToInput(DenseRows g, DenseStep layer, DenseRows x)
    {
        using var memory = Memory(g.Width);
        var weight = DenseRows.Floats(layer.Weight);
        for (var first = 0; first < x.Width; first += Columns)
        {
            DensePanels.FillOneOfRows(weight + first, x.Width, g.Width, Math.Min(Columns, x.Width - first), memory.Values);
            Multiply(g, memory.Values, slope: 1, x, first, adds: false);
        }
    }

    /// <summary>∂/∂W = gᵀ x.</summary>
    /// <param name="g">∂/∂s, <c>[rows, outputs]</c>. Six numbers of each row can be read, also where there are fewer outputs.</param>
    /// <param name="x"><c>[rows, inputs]</c>.</param>
    /// <param name="weight">Where it goes, <c>[outputs, inputs]</c>.</param>
    /// <param name="adds">Whether it is added to what is there.</param>
    internal static void BackwardsToWeight(DenseRows g, DenseRows x, DenseRows weight, bool adds)
    {
        using var memory = Memory(RowsOfBlock);
        for (var first = 0; first < x.Width; first += Columns)
        {
            for (var start = 0; start < x.Count; start += RowsOfBlock)
            {
                var depth = Math.Min(RowsOfBlock, x.Count - start);
                DensePanels.FillOneOfRows(x.Row(start) + first, x.Pitch, depth, Math.Min(Columns, x.Width - first), memory.Values);
                Multiply(g.Part(start, depth).Transposed, memory.Values, slope: 1, weight, first, adds || start > 0);
            }
        }
    }

    // A panel of so many inputs, and a tile.
    private static RentedFloats Memory(int depth) => new(Columns * (depth + 1 + DenseKernel.Rows));

    // A panel with all rows of a. Tiles that do not fit where they belong are made behind the panel and copied.
    private static void Multiply(DenseRows a, float* panel, float slope, DenseRows y, int column, bool adds)
    {
        var width = Math.Min(Columns, y.Width - column);
        var spare = panel + (Columns * (a.Width + 1));
        for (var row = 0; row < a.Count; row += DenseKernel.Rows)
        {
            // The last tile begins earlier, and comes to the same numbers for the rows that it shares.
            var first = Math.Max(0, Math.Min(row, a.Count - DenseKernel.Rows));
            if (!adds && a.Count >= DenseKernel.Rows && (width == Columns || y.IsPadded))
            {
                DenseKernel.Tile(a.Row(first), a.Pitch, a.Step, panel, a.Width, slope, y.Row(first) + column, y.Pitch);
                continue;
            }
            DenseKernel.Tile(a.Row(first), a.Pitch, a.Step, panel, a.Width, slope, spare, Columns);
            for (var own = row; own < Math.Min(a.Count, row + DenseKernel.Rows); own++)
                Put(new(spare + ((own - first) * Columns), width), new(y.Row(own) + column, width), adds);
        }
    }

    private static void Put(ReadOnlySpan<float> from, Span<float> to, bool adds)
    {
        if (adds)
            PlainSums.Add(from, to);
        else
            from.CopyTo(to);
    }
}
