namespace VaeToolkit.Reports;

/// <summary>How a curve is drawn.</summary>
public enum CurveStyle
{
    /// <summary>A line; the second and later ones of a chart are broken, each in its own way.</summary>
    Line,

    /// <summary>A dashed line, such as a reference beside what was measured.</summary>
    Dashes,

    /// <summary>A line that keeps its height until the next point.</summary>
    Steps,

    /// <summary>Points joined by a line.</summary>
    LineAndPoints,

    /// <summary>Points alone.</summary>
    Points,

    /// <summary>Bars from zero.</summary>
    Bars,
}
