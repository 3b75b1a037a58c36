namespace VaeToolkit;

/// <summary>
/// The shapes of the digits 0 to 9 as pen strokes. Points lie in the unit square, x to the right and y down; a stroke of more than two
/// points is a
/// smooth curve through them.
/// </summary>
internal static class DigitStrokes
{
    private static readonly double[][][] s_digits =
    [
        [[.52, .04, .28, .16, .18, .5, .27, .84, .5, .96, .74, .84, .82, .5, .74, .16, .52, .04]],
        [[.32, .24, .54, .05], [.54, .05, .53, .95]],
        [[.22, .24, .34, .08, .56, .04, .75, .18, .71, .40, .46, .68, .19, .94], [.19, .94, .82, .92]],
        [[.24, .13, .48, .04, .72, .16, .67, .38, .42, .47], [.42, .47, .70, .54, .79, .74, .64, .92, .40, .96, .20, .85]],
        [[.58, .05, .40, .34, .17, .64], [.17, .64, .86, .62], [.66, .36, .63, .96]],
        [[.76, .06, .33, .07], [.33, .07, .27, .44], [.27, .44, .50, .36, .73, .47, .78, .70, .62, .91, .38, .96, .19, .86]],
        [[.70, .06, .44, .20, .26, .48, .22, .74, .34, .93, .56, .95, .74, .82, .74, .62, .56, .50, .36, .57, .24, .74]],
        [[.19, .08, .81, .07], [.81, .07, .62, .36, .47, .66, .40, .96]],
        [
            [
                .52, .47, .31, .34, .28, .15, .50, .04, .70, .14, .69, .32,
                .52, .47, .28, .62, .23, .82, .49, .96, .76, .84, .73, .63, .52, .47,
            ],
        ],
        [[.75, .24, .58, .06, .36, .09, .24, .28, .33, .46, .54, .48, .70, .36, .75, .22], [.75, .22, .73, .56, .66, .96]],
    ];

    /// <summary>The bar that some writers put through a 7.</summary>
    private static readonly double[] s_sevenBar = [.36, .50, .74, .48];

    /// <summary>The strokes of a digit as points.</summary>
    /// <param name="digit">0 to 9.</param>
    /// <param name="style">Which of a digit's variants the writer uses.</param>
    public static IEnumerable<(double X, double Y)[]> Of(int digit, DigitStyle style)
    {
        // A plain 1 is its vertical stroke alone.
        var strokes = digit == 1 && style.PlainOne ? s_digits[1][1..] : s_digits[digit];
        foreach (var stroke in strokes)
            yield return Points(stroke);
        if (digit == 7 && style.BarredSeven)
            yield return Points(s_sevenBar);
    }

    /// <summary>A smooth curve (Catmull-Rom) through points, as short straight pieces; two points give their line.</summary>
    public static IEnumerable<(double X, double Y)> Smooth((double X, double Y)[] points, int pieces)
    {
        if (points.Length == 2)
            return points;
        var curve = new List<(double X, double Y)> { points[0] };
        for (var i = 0; i < points.Length - 1; i++)
        {
            var (a, b, c, d) = (points[Math.Max(i - 1, 0)], points[i], points[i + 1], points[Math.Min(i + 2, points.Length - 1)]);
            for (var k = 1; k <= pieces; k++)
                curve.Add((Spline(a.X, b.X, c.X, d.X, (double)k / pieces), Spline(a.Y, b.Y, c.Y, d.Y, (double)k / pieces)));
        }
        return curve;
    }

    private static double Spline(double a, double b, double c, double d, double t) =>
        b + (0.5 * t * (c - a + (t * ((2 * a) - (5 * b) + (4 * c) - d + (t * (d - a + (3 * (b - c))))))));

    private static (double X, double Y)[] Points(double[] numbers) => [.. numbers.Chunk(2).Select(pair => (pair[0], pair[1]))];
}
