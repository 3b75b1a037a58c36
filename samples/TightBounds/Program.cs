// How tight is a bound? One model, and estimates of log p(x) from the ELBO to 5000 importance samples and annealed importance sampling.
using VaeToolkit;
using VaeToolkit.Evaluation;
using VaeToolkit.Reports;
using VaeToolkit.Samples;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "auto, fashion-mnist, mnist, synthetic, or a folder with IDX files (mnist where it is found)",
    ["--epochs"] = "epochs (8)",
    ["--images"] = "test images whose likelihood is estimated (100)",
    ["--seed"] = "the run's seed (1)",
    ["--out"] = "folder for the plot (runs/tight-bounds)",
    ["--short!"] = "a few seconds: one epoch on few images, few samples",
});
var quick = arguments.Has("--short");
var (epochs, count, seed) = (arguments.Number("--epochs", quick ? 1 : 8), arguments.Number("--images", quick ? 10 : 100),
    arguments.Number("--seed", 1, least: 0));
var output = arguments.Text("--out", Path.Combine("runs", "tight-bounds"));

using var random = SeedScope.Begin(seed);
var (images, name) = SampleImages.Find(arguments.Text("--data", "mnist-first"), seed);
using var data = images;
using var vae = new Vae(
    new MlpEncoder(784, latentSize: 40, hidden: [300, 300]),
    new MlpDecoder(latentSize: 40, hidden: [300, 300], ObservationModel.Bernoulli(1, 28, 28)),
    new StandardNormalPrior(40));
Trainer.Fit(vae, new Elbo(), quick ? data.First(2_000) : data, options: new() { Epochs = epochs, Seed = seed, LearningRate = 5e-4 },
    progress: new ConsoleProgress());

var test = data.Test!.First(count);
int[] samples = quick ? [1, 5, 50] : [1, 5, 50, 500, 5000];
var bounds = samples.Select(k =>
{
    var estimate = Evaluate.NegativeLogLikelihood(vae, test, new() { Samples = k, Seed = 9 });
    Console.WriteLine(estimate);
    return -estimate.Mean;
}).ToArray();
var ais = Evaluate.AnnealedImportanceSampling(vae, test,
    quick ? new() { Chains = 2, Temperatures = 20, Seed = 9 } : new() { Chains = 4, Temperatures = 200, BatchSize = 25, Seed = 9 });
Console.WriteLine(ais);

SampleArguments.PrintSettings(("data", name), ("epochs", epochs), ("images", count), ("seed", seed));
foreach (var (k, bound) in samples.Zip(bounds))
    SampleResult.Print($"bound_{k}", bound, "nats");
SampleResult.Print("ais", -ais.Mean, "nats");
SampleResult.PrintPeakMemory();
SamplePage.Write(output, "Bounds of log p(x)", new ReportSection("Bounds", new ReportChart
{
    Caption = "Mean lower bound of log p(x)",
    X = "importance samples K",
    Y = "bound, nats per image",
    LogarithmicX = true,
    Curves = [new("importance sampling", [.. samples.Select(k => (double)k)], bounds) { Style = CurveStyle.LineAndPoints }],
    Levels = [(-ais.Mean, "annealed importance sampling")],
}));
