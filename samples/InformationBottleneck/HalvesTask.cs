using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;
using Bottleneck = VaeToolkit.SemiSupervised.InformationBottleneck;

namespace VaeToolkit.Samples;

/// <summary>What the top half of a picture says about its bottom half.</summary>
internal static class HalvesTask
{
    private const long Half = 392;

    public static void Run(ImageData train, ImageData test, bool quick, int epochs, int seed, string output)
    {
        using var random = SeedScope.Begin(seed);
        using var trainPairs = Halves(quick ? train.First(2_000) : train);
        using var testPairs = Halves(quick ? test.First(200) : test);
        using var model = new Bottleneck(
            new MlpEncoder(Half, latentSize: 16, hidden: [256, 256], new() { Activation = Activation.ReLU }),
            new MlpDecoder(latentSize: 16, hidden: [256, 256], ObservationModel.Bernoulli(Half), new() { Activation = Activation.ReLU }),
            new StandardNormalPrior(16), Half);
        var curve = InformationPlane.Trace(model, trainPairs, testPairs, new()
        {
            Betas = [BetaWeight.OnReconstruction(3), BetaWeight.OnReconstruction(1), BetaWeight.OnReconstruction(0.3),
                BetaWeight.OnReconstruction(0.05)],
            FirstEpochs = quick ? 1 : 2 * epochs,
            Training = new() { Epochs = quick ? 1 : epochs, BatchSize = 256, Seed = seed, SplitBatches = true },
            Measurement = new() { Seed = 7, Samples = quick ? 1 : 12 },
        }, new HalfPictures(model, testPairs, output));
        foreach (var point in curve.Points)
        {
            var name = FormattableString.Invariant($"halves_beta{point.BetaOnInformation:G3}");
            SampleResult.Print($"{name}_rate", point.Point.Rate, "nats");
            SampleResult.Print($"{name}_log_likelihood", point.Point.LogLikelihood, "nats");
            SampleResult.Print($"{name}_active_dimensions", point.Point.ActiveDimensions!.Value, "", "F0");
        }
    }

    private static TwoViews Halves(ImageData images)
    {
        using var scope = torch.NewDisposeScope();
        var pixels = torch.empty(images.Count, 2 * Half);
        long row = 0;
        foreach (var batch in images.InOrder(5_000))
        {
            using var rows = batch.Items.flatten(1);
            using var place = pixels.narrow(0, row, batch.Size);
            place.copy_(rows);
            row += batch.Size;
        }
        return TwoViews.Of(pixels.narrow(1, 0, Half), pixels.narrow(1, Half, Half));
    }
}
