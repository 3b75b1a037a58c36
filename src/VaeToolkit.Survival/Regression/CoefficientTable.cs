namespace VaeToolkit.Survival;

/// <summary>The coefficients of a regression as text, a line each.</summary>
internal static class CoefficientTable
{
    public static string Of(IReadOnlyList<CoefficientEstimate> estimates, string ratio)
    {
        var percent = TextTable.Number(100 * estimates[0].Level);
        var table = new TextTable("", "coefficient", ratio, "standard error", "z", "p", $"lower {percent} %", $"upper {percent} %");
        foreach (var estimate in estimates)
            table.Add(estimate.Name, TextTable.Number(estimate.Coefficient), TextTable.Number(estimate.Ratio),
                TextTable.Number(estimate.StandardError), TextTable.Number(estimate.Z, 3), TextTable.PValue(estimate.PValue),
                TextTable.Number(estimate.RatioLower), TextTable.Number(estimate.RatioUpper));
        return table.ToString();
    }
}
