using TorchSharp;

namespace VaeToolkit.Reports.Tests.Browser;

/// <summary>A section of every kind that reports have for the library's other assemblies, from made numbers.</summary>
internal static class EveryKind
{
    public static IReadOnlyList<ReportSection> Sections { get; } = Make();

    private static IReadOnlyList<ReportSection> Make()
    {
        using var scope = torch.NewDisposeScope();
        double[] time = [.. Enumerable.Range(0, 30).Select(i => 10.0 * i)];
        double[] survival = [.. time.Select(t => Math.Exp(-t / 150))];
        var confusion = new long[10, 10];
        var tasks = new double[5, 5];
        for (var i = 0; i < 10; i++)
        {
            for (var j = 0; j < 10; j++)
                confusion[i, j] = i == j ? 90 + i : (i + j) % 3;
        }
        for (var i = 0; i < 5; i++)
        {
            for (var j = 0; j < 5; j++)
                tasks[i, j] = j <= i ? 90 + 3 * (i - j) : double.NaN;
        }
        return
        [
            ReportSections.TaskMatrix("test NLL, nats", tasks, ["0 and 1", "2 and 3", "4 and 5", "6 and 7", "8 and 9"]),
            ReportSections.Components([0.4, 0.3, 0.2, 0.1]),
            ReportSections.ConfusionMatrix(confusion),
            ReportSections.InformationPlane(
                [(0.5, 0.3, "β 2"), (1, 0.55, "β 5"), (2, 0.8, "β 20")],
                [.. Enumerable.Range(0, 20).Select(i => (i / 8.0, 1 - Math.Exp(-i / 8.0)))]),
            ReportSections.Survival(
                [new("treated", time, survival) { Spread = [.. time.Select(_ => 0.05)] },
                    new("untreated", time, [.. survival.Select(s => s * s)]) { Style = CurveStyle.Steps }], "days",
                [new("model", time, [.. survival.Select(s => s * (1 - s))])], [new("model", [0.2, 0.5, 0.8], [0.25, 0.45, 0.85])
                { Style = CurveStyle.LineAndPoints, Spread = [0.05, 0.06, 0.04] }]),
            ReportSections.Segmentation(
                ReportPictures.Of("Slices: image, reference, prediction", "3 slices of a volume.", torch.rand(3, 1, 40, 40), columns: 3),
                [("patient 1", 0.871), ("patient 2", 0.902)]),
            ReportSections.MomentGaps([("VAE", 0.31, 0.02, 1.2, 0.1), ("MEGA", 0.12, 0.02, 0.7, 0.1)]),
        ];
    }
}
