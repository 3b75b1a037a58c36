using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Mega;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>How long the estimators take; best of three, on drawn data.</summary>
internal static class Timings
{
    public static void Print(int seed)
    {
        using var random = SeedScope.Begin(seed);
        using var scope = torch.NewDisposeScope();
        // First, so that the peak is this one's.
        var (wide, means) = (torch.randn([1_000L, 12_288L]), torch.randn([1_000L, 12_288L]));
        var variances = torch.ones_like(means);
        Seconds("gram_12288", () => GramGap.Between(wide, means, variances));
        SampleResult.PrintPeakMemory();
        var factors = torch.randn([40L, 784L]) * torch.linspace(3, 0.2, 40).unsqueeze(1);
        var rows = torch.randn([60_000L, 40L]).mm(factors) + torch.randn([60_000L, 784L]) * 0.3;
        Seconds("pca_60000x784_q20", () => ProbabilisticPca.Fit(rows, 20));
        var data = DataMoments.Of(rows.narrow(0, 0, 10_000));
        var exact = ProbabilisticPca.Fit(data, 20);
        Seconds("conditioned_10000_draws", () => MomentGaps.MonteCarlo(data, exact, new() { Draws = 10_000 }));
        Seconds("plain_sampling_10000_draws", () => Sampled(exact));
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 5, hidden: [200]),
            new MlpDecoder(latentSize: 5, hidden: [200], ObservationModel.LearnedGaussian(784)), new StandardNormalPrior(5));
        Seconds("decoder_784_10000_draws", () => MomentGaps.Between(data, new VaeMoments(vae), new() { Draws = 10_000 }));
    }

    private static void Sampled(ProbabilisticPca model)
    {
        using var scope = torch.NewDisposeScope();
        DataMoments.Of(model.Sample(10_000));
    }

    private static void Seconds(string name, Action action)
    {
        var best = Enumerable.Range(0, 3).Min(_ =>
        {
            var clock = Stopwatch.StartNew();
            action();
            return clock.Elapsed.TotalSeconds;
        });
        SampleResult.Print(name, best, "s", "F3");
    }
}
