using TorchSharp;
using VaeToolkit.Reports;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;
using Bottleneck = VaeToolkit.SemiSupervised.InformationBottleneck;

namespace VaeToolkit.Samples;

/// <summary>Two standard normal numbers of correlation 0.8: a trained linear bottleneck against the closed form.</summary>
internal static class GaussianTask
{
    private const double Correlation = 0.8;

    // From much information to little, across the critical β of 1.5625.
    private static readonly double[] s_betas = [10, 5, 3, 2, 1.8, 1.45, 1.2];

    public static ReportSection Run(bool quick, int seed)
    {
        using var random = SeedScope.Begin(seed);
        using var pairs = Pairs(quick ? 1_000 : 20_000);
        using var model = new Bottleneck(
            new LinearEncoder(1, 1), new LinearDecoder(1, ObservationModel.SharedGaussian(1)), new StandardNormalPrior(1), 1);
        var curve = InformationPlane.Trace(model, pairs, pairs, Options(quick, seed), new PointLines());
        var exact = new GaussianBottleneck(Correlation);
        PrintResults(curve, exact);
        return ReportSections.InformationPlane(
            [.. curve.Points.Select(
                p => (p.Point.Rate, p.Point.Information!.Value, FormattableString.Invariant($"β {p.BetaOnInformation:G3}")))],
            [(0, 0), .. Enumerable.Range(1, 100).Select(i => exact.At(1 + 0.1 * i))]);
    }

    private static InformationCurveOptions Options(bool quick, int seed) => new()
    {
        Betas = [.. s_betas.Select(BetaWeight.OnReconstruction)],
        FirstEpochs = quick ? 5 : 40,
        TrainingSamples = 8,
        Training = new()
        {
            Epochs = quick ? 1 : 20,
            BatchSize = 500,
            Seed = seed,
            LearningRate = 0.02,
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.9),
        },
        Measurement = new() { TargetEntropy = 0.5 * Math.Log(2 * Math.PI * Math.E), Seed = 7 },
    };

    private static void PrintResults(InformationCurve curve, GaussianBottleneck exact)
    {
        var worst = 0.0;
        foreach (var (beta, point) in curve.Points.Select(p => (p.BetaOnInformation, p.Point)))
        {
            var (rate, information) = exact.At(beta);
            worst = Math.Max(worst, Math.Max(Math.Abs(point.Rate - rate), Math.Abs(point.Information!.Value - information)));
            Console.WriteLine(FormattableString.Invariant(
                $"β {beta,5:F2}: R {point.Rate:F4} (exact {rate:F4}), I {point.Information:F4} (exact {information:F4})"));
        }
        var (collapsed, alive) = curve.CollapsePoint(0.02);
        var five = curve.Points[Array.IndexOf(s_betas, 5)].Point;
        SampleResult.Print("rate_beta5", five.Rate, "nats", "F4");
        SampleResult.Print("information_beta5", five.Information!.Value, "nats", "F4");
        SampleResult.Print("largest_difference", worst, "nats", "F4");
        SampleResult.Print("collapsed_up_to_beta", collapsed ?? double.NaN, "");
        SampleResult.Print("alive_from_beta", alive ?? double.NaN, "");
    }

    private static TwoViews Pairs(int count)
    {
        using var scope = torch.NewDisposeScope();
        var input = Standardised(torch.randn(count, 1));
        var noise = torch.randn(count, 1);
        // What the noise has in common with the input by chance is taken out: the sample's correlation is the law's.
        noise = Standardised(noise - input * (input * noise).mean());
        return TwoViews.Of(input, input * Correlation + noise * Math.Sqrt(1 - Correlation * Correlation));
    }

    private static torch.Tensor Standardised(torch.Tensor values)
    {
        var centred = values - values.mean();
        return centred / centred.square().mean().sqrt();
    }
}
