using TorchSharp;

namespace VaeToolkit;

/// <summary>Dots on white, coloured by label, in one RGB picture.</summary>
internal sealed class ScatterPlot
{
    private const double Margin = 0.05;
    private const int Radius = 2;

    // Some roundings of a float32, relative to the values.
    private const double Rounding = 1e-6;

    // Okabe and Ito's colours, which people of every colour vision can tell apart, and three more.
    private static readonly (float R, float G, float B)[] s_colours =
    [
        (0f, 0.447f, 0.698f), (0.902f, 0.624f, 0f), (0f, 0.62f, 0.451f), (0.8f, 0.475f, 0.655f), (0.835f, 0.369f, 0f),
        (0.337f, 0.706f, 0.914f), (0.941f, 0.894f, 0.259f), (0f, 0f, 0f), (0.5f, 0.5f, 0.5f), (0.45f, 0.2f, 0.6f),
    ];

    private readonly int _side;
    private readonly float[] _values;

    /// <summary>Draws points, given as x, y, x, y and so on, with a label each.</summary>
    internal ScatterPlot(int side, double[] points, long[] labels)
    {
        (_side, _values) = (side, new float[3 * side * side]);
        Array.Fill(_values, 1f);
        var (column, row) = (Axis(points, 0), Axis(points, 1));
        for (var i = 0; i < labels.Length; i++)
            Dot(column(points[2 * i]), side - 1 - row(points[2 * i + 1]), Colour(labels[i]));
    }

    /// <summary><c>[1, 3, side, side]</c>.</summary>
    internal torch.Tensor ToTensor() => torch.tensor(_values, [1, 3, _side, _side], device: torch.CPU);

    private static (float R, float G, float B) Colour(long label)
        => s_colours[(int)(((label % s_colours.Length) + s_colours.Length) % s_colours.Length)];

    private Func<double, int> Axis(double[] points, int offset)
    {
        var values = points.Where((_, i) => i % 2 == offset);
        var (least, most) = (values.Min(), values.Max());
        // What differs by rounding only is one place, not a picture full of noise.
        var span = most - least > Rounding * Math.Max(Math.Abs(least), Math.Abs(most)) ? most - least : 1;
        return value => (int)Math.Round((Margin + (1 - 2 * Margin) * (value - least) / span) * (_side - 1));
    }

    private void Dot(int x, int y, (float R, float G, float B) colour)
    {
        for (var dy = -Radius; dy <= Radius; dy++)
        {
            for (var dx = -Radius; dx <= Radius; dx++)
            {
                if (dx * dx + dy * dy <= Radius * Radius + 1)
                    Set(x + dx, y + dy, colour);
            }
        }
    }

    private void Set(int x, int y, (float R, float G, float B) colour)
    {
        if (x < 0 || y < 0 || x >= _side || y >= _side)
            return;
        var (at, plane) = (y * _side + x, _side * _side);
        (_values[at], _values[plane + at], _values[2 * plane + at]) = colour;
    }
}
