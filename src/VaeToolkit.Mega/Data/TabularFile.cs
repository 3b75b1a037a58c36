using System.Globalization;
using TorchSharp;

namespace VaeToolkit.Mega.Data;

/// <summary>A table of numbers from a CSV file with one header line, whose last column may be called <c>label</c>.</summary>
/// <param name="Values">The rows without labels, N of D numbers.</param>
/// <param name="Labels">The labels, whole numbers, or null where there are none.</param>
public sealed record TabularFile(double[,] Values, int[]? Labels)
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">A line has another number of fields, a field is no finite number, or a label no whole number of 32
    /// bits: the message names file, line and column.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TabularFile Read(string path)
    {
        var lines = File.ReadAllLines(path);
        if (lines.Length < 2)
            throw new FormatException($"{path} has {lines.Length} line(s); it must have a header and at least one row");
        var header = lines[0].Split(',');
        var labelled = header[^1].Trim() == "label";
        var width = header.Length - (labelled ? 1 : 0);
        var values = new double[lines.Length - 1, width];
        var labels = labelled ? new int[lines.Length - 1] : null;
        for (var i = 1; i < lines.Length; i++)
        {
            var fields = lines[i].Split(',');
            if (fields.Length != header.Length)
                throw new FormatException($"{path}({i + 1}): {fields.Length} fields where the header has {header.Length}");
            for (var j = 0; j < width; j++)
                values[i - 1, j] = Number(fields[j], path, i + 1, j + 1);
            if (labels is not null)
                labels[i - 1] = Label(fields[^1], path, i + 1, header.Length);
        }
        return new(values, labels);
    }

    /// <summary>The rows as a tensor <c>[N, D]</c>, float64, of the caller's dispose scope.</summary>
    public torch.Tensor ToTensor() => torch.tensor(Values, device: torch.CPU);

    private static double Number(string field, string path, int line, int column)
        => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new FormatException($"{path}({line},{column}): '{field}' is not a finite number");

    // Files written from floating-point columns have 2.0 where 2 is meant.
    private static int Label(string field, string path, int line, int column)
        => Number(field, path, line, column) is var number && number == Math.Floor(number) && number is >= int.MinValue and <= int.MaxValue
            ? (int)number
            : throw new FormatException(
                $"{path}({line},{column}): the label '{field}' is not a whole number from {int.MinValue} to {int.MaxValue}");
}
