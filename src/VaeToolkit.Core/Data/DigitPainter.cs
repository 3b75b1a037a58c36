namespace VaeToolkit;

/// <summary>Draws digits with an anti-aliased round pen. Image i of a stream is a function of (seed, stream, i) alone.</summary>
internal sealed class DigitPainter
{
    /// <summary>Height and width of an image in pixels.</summary>
    public const int Side = 28;

    private const double PointSpread = 0.018;
    private const int PiecesPerCurve = 5;

    private readonly long _seed;
    private readonly DigitStyle[] _styles;

    public DigitPainter(long seed, int writers)
    {
        _seed = seed;
        _styles = [.. Enumerable.Range(0, writers).Select(writer => new DigitStyle(seed, writer))];
    }

    /// <summary>Draws images, with digits and writers at random.</summary>
    public DrawnDigits Draw(int count, int stream)
    {
        var digits = new DrawnDigits(new byte[count * Side * Side], new long[count], new int[count]);
        // Parallel.For takes one worker more than the processors that .NET is told of: a process limited to one thread would use two.
        Parallel.For(0, count, new() { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            var random = SplitMix64.For(_seed, stream, i);
            digits.Labels[i] = random.Below(10);
            digits.Writers[i] = random.Below(_styles.Length);
            Paint(digits.Pixels.AsSpan(i * Side * Side, Side * Side), (int)digits.Labels[i], _styles[digits.Writers[i]], random);
        });
        return digits;
    }

    private static void Paint(Span<byte> image, int digit, DigitStyle style, SplitMix64 random)
    {
        var place = Placement(style, ref random);
        var radius = style.Radius * random.Uniform(0.88, 1.12);
        var form = style.FormOf(digit);
        foreach (var stroke in DigitStrokes.Of(digit, style))
        {
            var moved = stroke;
            for (var i = 0; i < moved.Length; i++)
            {
                var (dx, dy) = form();
                moved[i] = place(moved[i].X + dx + random.Normal(PointSpread), moved[i].Y + dy + random.Normal(PointSpread));
            }
            Ink(image, DigitStrokes.Smooth(moved, PiecesPerCurve), radius);
        }
    }

    /// <summary>Maps the unit square onto the image: the writer's size, slant and turn, each a little different every time.</summary>
    private static Func<double, double, (double X, double Y)> Placement(DigitStyle style, ref SplitMix64 random)
    {
        var slant = style.Slant + random.Normal(0.05);
        var (sine, cosine) = Math.SinCos(style.Turn + random.Normal(0.04));
        var (width, height) = (style.Width * random.Uniform(0.93, 1.07), style.Height * random.Uniform(0.95, 1.03));
        var (left, top) = ((Side / 2.0) - 0.5 + random.Normal(0.5), (Side / 2.0) - 0.5 + random.Normal(0.5));
        return (x, y) =>
        {
            var (u, v) = (((x - 0.5) * width) + (slant * (0.5 - y) * height), (y - 0.5) * height);
            return (left + (cosine * u) - (sine * v), top + (sine * u) + (cosine * v));
        };
    }

    private static void Ink(Span<byte> image, IEnumerable<(double X, double Y)> curve, double radius)
    {
        (double X, double Y)? from = null;
        foreach (var to in curve)
        {
            if (from is { } start)
                InkLine(image, start, to, radius);
            from = to;
        }
    }

    /// <summary>Inks the pixels near a line; a pixel's ink is how far the pen's edge reaches over it.</summary>
    private static void InkLine(Span<byte> image, (double X, double Y) a, (double X, double Y) b, double radius)
    {
        var reach = radius + 0.5;
        var (left, right) = (Pixel(Math.Min(a.X, b.X) - reach), Pixel(Math.Max(a.X, b.X) + reach));
        var (top, bottom) = (Pixel(Math.Min(a.Y, b.Y) - reach), Pixel(Math.Max(a.Y, b.Y) + reach));
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var ink = Math.Clamp(reach - Distance(x, y, a, b), 0, 1);
                ref var pixel = ref image[(y * Side) + x];
                pixel = Math.Max(pixel, (byte)Math.Round(255 * ink));
            }
        }
    }

    private static int Pixel(double coordinate) => Math.Clamp((int)Math.Round(coordinate), 0, Side - 1);

    private static double Distance(double x, double y, (double X, double Y) a, (double X, double Y) b)
    {
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var length = (dx * dx) + (dy * dy);
        var along = length == 0 ? 0 : Math.Clamp((((x - a.X) * dx) + ((y - a.Y) * dy)) / length, 0, 1);
        var (ex, ey) = (x - a.X - (along * dx), y - a.Y - (along * dy));
        return Math.Sqrt((ex * ex) + (ey * ey));
    }
}
