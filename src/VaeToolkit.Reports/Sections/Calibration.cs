using MathNet.Numerics.Distributions;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>Whether a Gaussian likelihood's variance is that of its errors: how often values lie within its central intervals.</summary>
internal sealed class Calibration : IReportSection
{
    private const int MostItems = 500;
    private static readonly double[] s_levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

    public ReportSection? Make(ReportContext context)
    {
        if (context.Items is not { } items || Deviations(context.Vae!, items, context.Options.Seed) is not { } deviations)
            return null;
        double[] covered = [.. s_levels.Select(level =>
        {
            var bound = Normal.InvCDF(0, 1, 0.5 + level / 2);
            return deviations.Count(deviation => Math.Abs(deviation) <= bound) / (double)deviations.Length;
        })];
        var ratio = deviations.Average(deviation => deviation * deviation);
        return new("Calibration of the predicted variance", new ReportText(
            FormattableString.Invariant($"Squared errors are {ratio:G3} times the predicted variance ")
                + "(1 is right; above 1 it is too small)."),
            new ReportChart
            {
                Caption = "Values within the predicted central interval",
                X = "predicted share",
                Y = "share found",
                SquareUnits = true,
                Curves = [new("found", s_levels, covered) { Style = CurveStyle.LineAndPoints },
                    new("calibrated", [0, 1], [0, 1]) { Style = CurveStyle.Dashes, Colour = 4 }],
            });
    }

    /// <summary>(x − μ) / σ of every value, with a code drawn from each posterior; null where the likelihood is not Gaussian.</summary>
    private static double[]? Deviations(Vae model, TensorData items, long seed)
    {
        using var mode = EvaluationMode.Enter(model);
        using var random = SeedScope.Begin(seed);
        using var scope = torch.NewDisposeScope();
        var x = items.Head(MostItems);
        if (model.Decode(model.Encode(x).RSample()[0]) is not GaussianLikelihood likelihood)
            return null;
        return LatentReading.Numbers((x - likelihood.Mean) / likelihood.Variance.sqrt());
    }
}
