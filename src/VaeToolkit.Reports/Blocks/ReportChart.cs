using VaeToolkit.Storage;

namespace VaeToolkit.Reports;

/// <summary>A chart of curves over common axes.</summary>
public sealed record ReportChart : ReportBlock
{
    /// <summary>What it shows.</summary>
    public required string Caption { get; init; }

    /// <summary>The horizontal axis' title, with its unit.</summary>
    public required string X { get; init; }

    /// <summary>The vertical axis' title, with its unit: <c>loss, nats per item</c>.</summary>
    public required string Y { get; init; }

    /// <summary>The curves; points that are not finite, or not above 0 on a logarithmic axis, are left out.</summary>
    public required IReadOnlyList<ReportCurve> Curves { get; init; }

    /// <summary>Places on the horizontal axis with a dashed line and what it means, such as the best epoch. Default none.</summary>
    public IReadOnlyList<(double At, string Meaning)> Marks { get; init; } = [];

    /// <summary>Heights with a dashed line and what it means, such as a target. Default none.</summary>
    public IReadOnlyList<(double At, string Meaning)> Levels { get; init; } = [];

    /// <summary>Whether the horizontal axis is logarithmic; default false.</summary>
    public bool LogarithmicX { get; init; }

    /// <summary>Whether the vertical axis is logarithmic; default false.</summary>
    public bool LogarithmicY { get; init; }

    /// <summary>Whether both axes have one unit, and a circle is round; default false.</summary>
    public bool SquareUnits { get; init; }

    /// <summary>
    /// Writes the chart alone as an SVG file, with its legend, on a white or dark ground as the viewer prefers. No font is asked of this
    /// machine: the viewer's is used.
    /// </summary>
    /// <param name="path">Where; the file appears whole or not at all.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream => ChartFile.Write(this, stream));

    /// <summary>The caption, the axes and the curves.</summary>
    public override string ToString() => $"{Caption}: {Y} by {X}, {string.Join("; ", Curves)}";
}
