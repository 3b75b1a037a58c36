namespace VaeToolkit.Reports;

/// <summary>What labels are called.</summary>
internal static class LabelNames
{
    public static string Of(ReportOptions options, long label)
        => options.LabelNames is { } names && label >= 0 && label < names.Count ? names[(int)label] : Digits.Of(label);
}
