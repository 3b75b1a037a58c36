namespace VaeToolkit.Samples;

/// <summary>Rows of numbers as clients send them: checked, and as one array.</summary>
internal static class Rows
{
    /// <param name="rows">What came.</param>
    /// <param name="name">Its name in the request.</param>
    /// <param name="width">Numbers that a row must have.</param>
    /// <param name="most">Rows that there may be.</param>
    /// <param name="largest">The largest number, either way.</param>
    /// <exception cref="RefusedException">They are not so.</exception>
    public static float[] Flat(float[]?[] rows, string name, int width, int most, float largest = float.MaxValue)
    {
        if (rows.Length == 0 || rows.Length > most)
            throw RefusedException.Wrong($"'{name}' has {rows.Length} rows; send 1 to {most} at once");
        var right = largest == float.MaxValue ? "finite" : FormattableString.Invariant($"between -{largest} and {largest}");
        var flat = new float[rows.Length * width];
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] is not { } row || row.Length != width)
                throw RefusedException.Wrong($"'{name}[{i}]' has {rows[i]?.Length ?? 0} numbers; this model's have {width}");
            var bad = Array.FindIndex(row, value => !(Math.Abs(value) <= largest));
            if (bad >= 0)
                throw RefusedException.Wrong(FormattableString.Invariant($"'{name}[{i}][{bad}]' is {row[bad]}; it must be {right}"));
            row.CopyTo(flat, i * width);
        }
        return flat;
    }

    /// <summary>The rows of an array.</summary>
    public static float[][] Of(float[] flat, int width) => [.. flat.Chunk(width)];
}
