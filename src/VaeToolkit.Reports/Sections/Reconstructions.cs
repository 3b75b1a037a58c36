using TorchSharp;

namespace VaeToolkit.Reports;

/// <summary>Items above their reconstructions.</summary>
internal sealed class Reconstructions : IReportSection
{
    private const int Columns = 12;
    private const int MostRows = 2;

    public ReportSection? Make(ReportContext context)
    {
        if (context.Items is not { } items || ItemPictures.For(context) is not { } pictures)
            return null;
        using var scope = torch.NewDisposeScope();
        var columns = (int)Math.Min(Columns, items.Count);
        var rows = (int)Math.Min(MostRows, items.Count / columns);
        var first = items.Head(columns * rows);
        long[] grid = [rows, columns, .. first.shape[1..]];
        var pairs = torch.stack([first.reshape(grid), context.Vae!.Reconstruct(first).reshape(grid)], dim: 1);
        return new("Reconstructions", ReportPictures.Of(
            "Items, and below each its reconstruction from the posterior mean",
            FormattableString.Invariant($"{rows} rows of {columns} items, each row above that of its reconstructions."),
            pictures.Of(pairs.reshape([-1, .. first.shape[1..]])), columns));
    }
}
