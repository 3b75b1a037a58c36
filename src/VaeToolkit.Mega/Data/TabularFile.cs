using System.Globalization;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>A table of numbers from a CSV file with one header line, whose last column may be called <c>label</c>.</summary>
/// <param name="Values">The rows without labels, N of D numbers; NaN where a value is missing.</param>
/// <param name="Labels">The labels, whole numbers, or null where there are none.</param>
public sealed record TabularFile(double[,] Values, int[]? Labels)
{
    /// <summary>What a missing value may be written as, whatever the case, beside an empty field.</summary>
    public static IReadOnlyList<string> MissingMarkers => VaeToolkit.MissingMarkers.Usual;

    /// <summary>Number of missing values.</summary>
    public int Missing => Values.Cast<double>().Count(double.IsNaN);

    /// <summary>
    /// Reads a file. Empty fields and <see cref="MissingMarkers"/> become NaN, which <see cref="ProbabilisticPca.FitEm"/> takes
    /// and other fits refuse by row and column. Fields may be quoted. Lines without a value are no rows, and byte-order marks no part of
    /// the text.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="missing">What a missing value is written as, in place of <see cref="MissingMarkers"/>; null for those.</param>
    /// <exception cref="FormatException">A line has another number of fields, a field is no finite number, or a label no whole number of 32
    /// bits; a column has no name, or the first line is of numbers: the message names file, line and column.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TabularFile Read(string path, IReadOnlyCollection<string>? missing = null)
    {
        var lines = CsvFile.Lines(path).ToArray();
        if (lines.Length < 2)
            throw new FormatException(
                $"{path} has {lines.Length} line(s) that are not blank; it must have a header and at least one row");
        if (!lines[0].Text.Contains(',') && lines[0].Text.IndexOfAny([';', '\t']) is var other and >= 0)
        {
            throw new FormatException($"{path}({lines[0].Number}): the header has '{lines[0].Text[other]}' and no comma; fields must be "
                + "separated by commas, and decimals written with a point");
        }
        var rows = Array.ConvertAll(lines, line => CsvLine.Split(line.Text, $"{path}({line.Number})"));
        RequireNames(rows[0], path, lines[0].Number);
        var labelled = rows[0][^1].Equals("label", StringComparison.OrdinalIgnoreCase);
        var width = rows[0].Length - (labelled ? 1 : 0);
        var values = new double[lines.Length - 1, width];
        var labels = labelled ? new int[lines.Length - 1] : null;
        var markers = new MissingMarkers(missing ?? MissingMarkers);
        for (var i = 1; i < lines.Length; i++)
        {
            var (fields, number) = (rows[i], lines[i].Number);
            if (fields.Length != rows[0].Length)
                throw new FormatException($"{path}({number}): {fields.Length} fields where the header has {rows[0].Length}");
            for (var j = 0; j < width; j++)
                values[i - 1, j] = markers.Include(fields[j]) ? double.NaN : Number(fields[j], path, number, j + 1);
            if (labels is not null)
                labels[i - 1] = Label(fields[^1], path, number, fields.Length);
        }
        return new(values, labels);
    }

    /// <summary>The rows as a tensor <c>[N, D]</c>, float64, of the caller's dispose scope.</summary>
    public torch.Tensor ToTensor() => torch.tensor(Values, device: torch.CPU);

    /// <summary>The sizes, the number of missing values, and whether there are labels.</summary>
    public override string ToString()
        => $"{Values.GetLength(0)} rows of {Values.GetLength(1)} values, {Missing} missing, {(Labels is null ? "no labels" : "labelled")}";

    // Row names, which R and pandas write unless they are told not to, would be taken for a variable, and a first row for names.
    private static void RequireNames(string[] header, string path, int line)
    {
        var blank = Array.IndexOf(header, "");
        if (blank >= 0)
            throw new FormatException($"{path}({line},{blank + 1}): the column has no name, as row names have (write.csv of R without "
                + "row.names = FALSE, to_csv of pandas without index=False), or lines that end with a comma; name it, or leave it out");
        var numbers = Array.ConvertAll(header, name => TryNumber(name, out var number) ? number : double.NaN);
        // Columns may be called 0, 1, 2, or by years, wavelengths or times, which rise.
        var isCounted = numbers[0] is 0 or 1 && numbers.Index().All(pair => pair.Item == numbers[0] + pair.Index);
        var rises = numbers.Length > 2 && numbers.Zip(numbers.Skip(1)).All(pair => pair.First < pair.Second);
        if (numbers.All(double.IsFinite) && !isCounted && !rises)
            throw new FormatException($"{path}({line}): the first line is of numbers, {string.Join(", ", header.Take(3))}"
                + $"{(header.Length > 3 ? ", …" : "")}; it must name the columns, as x{header[0]}");
    }

    private static bool TryNumber(string field, out double number)
        => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static double Number(string field, string path, int line, int column)
        => TryNumber(field, out var number)
            ? number
            : throw new FormatException($"{path}({line},{column}): '{field}' is not a finite number"
                + (field.Contains(',') ? ": the decimal comma must be a point" : ""));

    // Files written from floating-point columns have 2.0 where 2 is meant.
    private static int Label(string field, string path, int line, int column)
        => Number(field, path, line, column) is var number && number == Math.Floor(number) && number is >= int.MinValue and <= int.MaxValue
            ? (int)number
            : throw new FormatException(
                $"{path}({line},{column}): the label '{field}' is not a whole number from {int.MinValue} to {int.MaxValue}");
}
