using TorchSharp;
using VaeToolkit.Mega;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>Two interlocking half circles in the plane, with noise: data whose moments say little about their shape.</summary>
internal static class HalfMoons
{
    private const int Count = 1_000;
    private const double Noise = 0.1;

    /// <summary>Trains both VAEs for every seed and measures their gap to fresh data, beside the gap between two sets of data.</summary>
    public static void Compare(VaeSettings settings, int firstSeed, int seeds)
    {
        using var scope = torch.NewDisposeScope();
        List<VaeOutcome> plain = [], regularised = [];
        List<double> floors = [];
        for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            using var random = SeedScope.Begin(seed);
            using TensorData train = new(Draw()), test = new(Draw());
            using var beta = VaeExperiment.Run(settings with { Alpha = 0 }, train, test, seed);
            using var mega = VaeExperiment.Run(settings, train, test, seed);
            var floor = VaeExperiment.Moments(test).Maximum.Raw() - VaeExperiment.Moments(train).Maximum.Raw();
            Console.WriteLine(FormattableString.Invariant(
                $"seed {seed}: between two sets {floor.FrobeniusNorm():F4}; β-VAE {beta.Outcome}; MEGA-β-VAE {mega.Outcome}"));
            plain.Add(beta.Outcome);
            regularised.Add(mega.Outcome);
            floors.Add(floor.FrobeniusNorm());
        }
        SampleArguments.PrintSettings(("data", "half moons"), ("epochs", settings.Epochs), ("beta", settings.Beta),
            ("alpha", settings.Alpha), ("first seed", firstSeed), ("seeds", seeds));
        SampleResult.Print("moons_data_gap", floors, "2MEGA-F between two sets", "F4");
        SampleResult.Print("moons_beta_vae_gap", plain.Select(run => run.Gap), "2MEGA-F, held out", "F4");
        SampleResult.Print("moons_mega_vae_gap", regularised.Select(run => run.Gap), "2MEGA-F, held out", "F4");
    }

    private static torch.Tensor Draw()
    {
        var angle = torch.rand([Count]) * Math.PI;
        var upper = torch.stack([angle.cos(), angle.sin()], dim: 1);
        var lower = torch.stack([1 - angle.cos(), 0.5 - angle.sin()], dim: 1);
        var side = torch.arange(Count).remainder(2).eq(0).unsqueeze(1);
        return torch.where(side, upper, lower) + torch.randn([Count, 2L]) * Noise;
    }
}
