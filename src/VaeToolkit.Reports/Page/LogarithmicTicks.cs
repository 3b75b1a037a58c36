using ScottPlot;

namespace VaeToolkit.Reports;

/// <summary>Round numbers along an axis that logarithms of base 10 are drawn on: steps, 1, 2 and 5 of every decade, or decades.</summary>
/// <param name="spacing">The least distance of two ticks, in pixels.</param>
internal sealed class LogarithmicTicks(float spacing) : ITickGenerator
{
    // What a round number's place may be off by.
    private const double Rounding = 1e-9;

    private static readonly double[] s_leading = [1, 2, 5];

    /// <inheritdoc/>
    public Tick[] Ticks { get; set; } = [];

    /// <inheritdoc/>
    public int MaxTickCount { get; set; } = 100;

    /// <inheritdoc/>
    public void Regenerate(CoordinateRange range, Edge edge, PixelLength size, Paint paint, LabelStyle labelStyle)
        => Ticks = [.. Values(range.Min, range.Max, size.Length / spacing).Select(value => Tick(value))];

    /// <summary>The round values between two logarithms.</summary>
    /// <param name="low">Logarithm of the least value.</param>
    /// <param name="high">Logarithm of the greatest.</param>
    /// <param name="most">How many ticks at equal distances there is room for.</param>
    public static IReadOnlyList<double> Values(double low, double high, double most)
    {
        var gap = (high - low) / most;
        if (!(gap > 0) || !double.IsFinite(gap))
            return [];
        return Choices(low, high, most).Select(values => values.ToList()).Where(values => Fits(values, gap))
            .MaxBy(values => values.Count) ?? [];
    }

    private static Tick Tick(double value) => new(Math.Log10(value), Digits.Tick(value), isMajor: true);

    private static bool Fits(List<double> values, double gap)
        => values.Zip(values.Skip(1)).All(pair => Math.Log10(pair.Second / pair.First) >= gap);

    private static IEnumerable<IEnumerable<double>> Choices(double low, double high, double most)
    {
        var (first, last) = ((int)Math.Ceiling(low - Rounding), (int)Math.Floor(high + Rounding));
        if (high - low < 1)
        {
            // The finest step that there is room for, down to where labels of four decimals are alike.
            var finest = Math.Log10((Math.Pow(10, high) - Math.Pow(10, low)) / most);
            for (var decade = (int)Math.Floor(finest); decade <= last; decade++)
            {
                foreach (var leading in s_leading)
                    yield return Steps(low, high, leading * Math.Pow(10, decade));
            }
        }
        yield return Enumerable.Range(first - 1, Math.Max(0, last - first + 2)).SelectMany(decade => s_leading.Select(
            leading => leading * Math.Pow(10, decade))).Where(value => IsWithin(value, low, high));
        for (var stride = 1; stride <= Math.Max(1, last - first + 1); stride++)
            yield return Enumerable.Range(first, Math.Max(0, last - first + 1)).Where(k => k % stride == 0).Select(k => Math.Pow(10, k));
    }

    private static IEnumerable<double> Steps(double low, double high, double step)
    {
        var (begin, end) = (Math.Ceiling(Math.Pow(10, low) / step - Rounding), Math.Floor(Math.Pow(10, high) / step + Rounding));
        for (var k = Math.Max(1, begin); k <= end; k++)
            yield return k * step;
    }

    private static bool IsWithin(double value, double low, double high)
        => Math.Log10(value) >= low - Rounding && Math.Log10(value) <= high + Rounding;
}
