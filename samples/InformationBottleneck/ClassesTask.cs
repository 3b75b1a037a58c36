using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;
using Bottleneck = VaeToolkit.SemiSupervised.InformationBottleneck;

namespace VaeToolkit.Samples;

/// <summary>The variational information bottleneck of Alemi et al. (2017): the class as target view, β 10⁻³ on the rate.</summary>
internal static class ClassesTask
{
    public static void Run(ImageData train, ImageData test, bool quick, int epochs, int seed)
    {
        using var random = SeedScope.Begin(seed);
        using var trainPairs = TwoViews.OfLabels(quick ? train.First(2_000) : train, classes: 10);
        using var testPairs = TwoViews.OfLabels(quick ? test.First(200) : test, classes: 10);
        using var model = new Bottleneck(
            new MlpEncoder(784, latentSize: 256, hidden: quick ? [64] : [1024, 1024], new() { Activation = Activation.ReLU }),
            new LinearDecoder(256, new ClassLikelihood(10)),
            new StandardNormalPrior(256), 784);
        var options = new TrainingOptions
        {
            Epochs = quick ? 1 : epochs,
            BatchSize = 100,
            Seed = seed,
            LearningRate = 5e-4,
            // Over all epochs the rate falls to a fiftieth.
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.StepLR(optimizer, 1, Math.Pow(0.02, 1.0 / epochs)),
            SplitBatches = true,
        };
        var result = Trainer.Fit(model, new BottleneckObjective(new() { Beta = BetaWeight.OnKl(1e-3) }), trainPairs, options: options,
            progress: new ConsoleProgress());
        var point = InformationPlane.Measure(model, testPairs, new() { Seed = 7 });
        Console.WriteLine(point);
        Console.WriteLine(point.In(InformationUnit.Bits));
        SampleResult.Print("vib_test_error", 100 * Error(model, testPairs), "%");
        SampleResult.Print("vib_information", point.Information!.Value, "nats", "F4");
        SampleResult.Print("vib_rate", point.Rate, "nats");
        SampleResult.Print("vib_seconds", result.History.Sum(epoch => epoch.Seconds), "s", "F0");
    }

    private static double Error(Bottleneck model, TwoViews pairs)
    {
        double wrong = 0;
        foreach (var batch in pairs.InOrder(500))
        {
            using var scope = torch.NewDisposeScope();
            var guesses = model.Predict(batch.Items.narrow(1, 0, 784)).argmax(1);
            wrong += guesses.ne(batch.Items.narrow(1, 784, 10).argmax(1)).sum().ToDouble();
        }
        return wrong / pairs.Count;
    }
}
