// Four objectives, one architecture and one budget: how well they reconstruct, and how far the aggregated posterior is from the prior.
using VaeToolkit;
using VaeToolkit.Samples;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "auto, fashion-mnist, mnist, synthetic, cifar, or a folder with IDX files (mnist where it is found)",
    ["--epochs"] = "epochs for each model (6; cifar 12)",
    ["--batch"] = "items a batch (200; cifar 50)",
    ["--seed"] = "the first seed (1)",
    ["--seeds"] = "runs of every objective, each with a seed of its own (1)",
    ["--tolerance"] = "GECO's squared error an image (15; cifar 20)",
    ["--out"] = "folder for the picture (runs/taming-vaes)",
    ["--short!"] = "a few seconds: one epoch on few images",
    ["--long!"] = "three seeds and 20 epochs (cifar 40)",
});
var (quick, thorough) = (arguments.Has("--short"), arguments.Has("--long"));
var colour = arguments.Text("--data", "") == "cifar";
var settings = colour ? ExperimentSettings.Colour : ExperimentSettings.Digits;
settings = settings with
{
    Epochs = arguments.Number("--epochs", quick ? 1 : !thorough ? settings.Epochs : colour ? 40 : 20),
    BatchSize = arguments.Number("--batch", settings.BatchSize),
    Tolerance = arguments.Number("--tolerance", settings.Tolerance),
    EvaluationItems = quick ? 200 : settings.EvaluationItems,
};
var (firstSeed, seeds) = (arguments.Number("--seed", 1, least: 0), arguments.Number("--seeds", thorough ? 3 : 1));
var output = arguments.Text("--out", Path.Combine("runs", "taming-vaes"));

var (images, name) = colour ? (ImageData.Cifar10(), "CIFAR-10") : SampleImages.Find(arguments.Text("--data", "mnist-first"), firstSeed, Binarisation.None);
using var data = images;
var train = quick ? data.First(colour ? 200 : 2_000) : data;
Console.WriteLine(
    $"{name}: {train.Count} images; a Gaussian likelihood of variance 1, so the reconstruction loss is the squared error an image");

var objectives = new (string Name, Func<Objective<Vae>> Create)[]
{
    ("vae", () => new Elbo()),
    ("beta_vae", () => new Elbo(new() { Beta = BetaWeight.OnReconstruction(10) })),
    ("geco", () => new Geco(settings.Constraint())),
    ("geco_iwae", () => new GecoIwae(samples: 5, settings.Constraint())),
};
// The slides' table on CIFAR-10 has three rows; five samples of every picture would take as long as these together.
if (colour)
    objectives = objectives[..3];
var outcomes = new Dictionary<string, List<Outcome>>();
var pictures = new List<TorchSharp.torch.Tensor>();
using var scope = TorchSharp.torch.NewDisposeScope();
foreach (var (label, create) in objectives)
{
    outcomes[label] = [];
    for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
    {
        using var random = SeedScope.Begin(seed);
        using var experiment = new Experiment(create(), settings, seed);
        outcomes[label].Add(experiment.Run(train, data.Test!));
        Console.WriteLine($"{label,-10} seed {seed}: {outcomes[label][^1]}");
        if (seed == firstSeed)
            pictures.Add(experiment.Pictures(data.Test!));
    }
}

Directory.CreateDirectory(output);
using var picture = TorchSharp.torch.cat(pictures);
ImageGrid.Save(Path.Combine(output, "taming-vaes.png"), picture, columns: 16);
Console.WriteLine($"{Path.Combine(output, "taming-vaes.png")}: a pair of rows for each of "
    + $"{string.Join(", ", objectives.Select(o => o.Name))}; first test images and their reconstructions in turn, then samples");
SampleArguments.PrintSettings(("data", name), ("epochs", settings.Epochs), ("batch", settings.BatchSize), ("tolerance", settings.Tolerance),
    ("first seed", firstSeed), ("seeds", seeds));
foreach (var (label, _) in objectives)
{
    SampleResult.Print($"{label}_marginal_kl", outcomes[label].Select(o => o.MarginalKl), "nats");
    SampleResult.Print($"{label}_reconstruction", outcomes[label].Select(o => o.Reconstruction), "squared error an image");
    SampleResult.Print($"{label}_bits_per_dimension", outcomes[label].Select(o => o.BitsPerDimension), "bits", "F3");
}
SampleResult.Print("geco_constraint_error", outcomes["geco"].Select(o => 100 * Math.Abs(o.TrainingError / settings.Tolerance - 1)), "%");
SampleResult.PrintPeakMemory();
SamplePage.Write(output, "Taming VAEs", SamplePage.Picture(
    "Pictures", $"A pair of rows for each of {string.Join(", ", objectives.Select(o => o.Name))}: first test images and their "
        + "reconstructions in turn, then samples", Path.Combine(output, "taming-vaes.png")));
