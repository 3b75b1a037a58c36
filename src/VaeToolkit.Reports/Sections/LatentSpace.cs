using TorchSharp;

namespace VaeToolkit.Reports;

/// <summary>Where items lie in latent space, coloured by label.</summary>
internal sealed class LatentSpace : IReportSection
{
    private const int MostPoints = 1_000;

    public ReportSection? Make(ReportContext context)
    {
        if (context.Latents is not { Activity.MeanVariances.Count: >= 2 } latents)
            return null;
        var (points, x, y, caption) = Plane(latents);
        var labels = context.Items!.ReadLabels();
        var groups = Enumerable.Range(0, Math.Min(MostPoints, (int)latents.Activity.Items))
            .GroupBy(i => labels?[i]).OrderBy(group => group.Key).Select(group => new ReportCurve(
                group.Key is { } label ? LabelNames.Of(context.Options, label) : "items", [.. group.Select(i => points[2 * i])],
                [.. group.Select(i => points[2 * i + 1])])
            { Style = CurveStyle.Points });
        return new("Latent space", new ReportChart { Caption = caption, X = x, Y = y, Curves = [.. groups], SquareUnits = true });
    }

    private static (double[] Points, string X, string Y, string Caption) Plane(LatentReading latents)
    {
        var activity = latents.Activity;
        var size = activity.MeanVariances.Count;
        if (activity.ActiveUnits > 2)
            return Components(latents.Means, size);
        int[] units = [.. latents.ByActivity.Take(2)];
        double[] points = [.. Enumerable.Range(0, latents.Means.Length / size)
            .SelectMany(i => units.Select(unit => latents.Means[i * size + unit]))];
        return (points, $"latent feature {Digits.Of(units[0])}", $"latent feature {Digits.Of(units[1])}", "Posterior means");
    }

    private static (double[] Points, string X, string Y, string Caption) Components(double[] means, int size)
    {
        using var scope = torch.NewDisposeScope();
        var all = torch.tensor(means, torch.float64).reshape(-1, size);
        var centred = all - all.mean([0], keepdim: true);
        var (values, vectors) = torch.linalg.eigh(centred.t().mm(centred));
        // Eigenvalues ascend; the first component is given the last place by torch.
        var plane = centred.mm(vectors.narrow(1, size - 2, 2).flip(1));
        var shares = LatentReading.Numbers(values / values.sum());
        return (LatentReading.Numbers(plane), $"first principal component, {Digits.Percent(shares[^1])}",
            $"second principal component, {Digits.Percent(shares[^2])}",
            "Posterior means on their principal components, with shares of the variance");
    }
}
