// Four objectives, one architecture and one budget: how well they reconstruct, and how far the aggregated posterior is from the prior.
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Samples;
using VaeToolkit.Studies;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "auto, fashion-mnist, mnist, synthetic, cifar, or a folder with IDX files (mnist where it is found)",
    ["--epochs"] = "epochs for each model (6; cifar 4)",
    ["--batch"] = "items a batch (200; cifar 25)",
    ["--seed"] = "the first seed (1)",
    ["--seeds"] = "runs of every objective, each with a seed of its own (1)",
    ["--tolerance"] = "GECO's squared error an image (15; cifar 60)",
    ["--processes"] = SampleStudy.ProcessesHelp,
    ["--resume!"] = SampleStudy.ResumeHelp,
    ["--out"] = "folder for the runs and the page (runs/taming-vaes)",
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
    Items = !quick ? 0 : colour ? 200 : 2_000,
};
var (firstSeed, seeds) = (arguments.Number("--seed", 1, least: 0), arguments.Number("--seeds", thorough ? 3 : 1));
var output = arguments.Text("--out", Path.Combine("runs", "taming-vaes"));

var (images, name) = colour ? (ImageData.Cifar10(), "CIFAR-10")
    : SampleImages.Find(arguments.Text("--data", "mnist-first"), firstSeed, Binarisation.None);
using var data = images;
// Drawn digits depend on the seed.
settings = settings with { Data = name.Contains("MNIST") || colour ? name : $"{name} of seed {firstSeed}" };
var train = settings.Items > 0 ? data.First(settings.Items) : data;
Console.WriteLine(
    $"{name}: {train.Count} images; a Gaussian likelihood of variance 1, so the reconstruction loss is the squared error an image");

// The slides' table on CIFAR-10 has three rows; five samples of every picture would take as long as these together.
string[] objectives = colour ? ["vae", "beta_vae", "geco"] : ["vae", "beta_vae", "geco", "geco_iwae"];
var study = new Study<ExperimentSettings>(
    output, objectives.ToDictionary(label => label, label => settings with { Objective = label }),
    [.. Enumerable.Range(firstSeed, seeds).Select(seed => (long)seed)], run =>
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var random = SeedScope.Begin(run.Seed);
        using var experiment = new Experiment(run.Setting, run.Seed);
        var outcome = experiment.Run(train, data.Test!, run.Folder);
        Console.WriteLine($"{run.Name,-10} seed {run.Seed}: {outcome}");
        ImageGrid.Save(Path.Combine(run.Folder, "pictures.png"), experiment.Pictures(data.Test!), columns: 16);
        return outcome.Figures;
    });
var results = SampleStudy.Run(arguments, study);
Console.WriteLine(results);

SampleArguments.PrintSettings(("data", name), ("epochs", settings.Epochs), ("batch", settings.BatchSize), ("tolerance", settings.Tolerance),
    ("first seed", firstSeed), ("seeds", seeds));
foreach (var label in objectives)
{
    SampleResult.Print($"{label}_marginal_kl", Values(label, "marginal_kl"), "nats");
    SampleResult.Print($"{label}_reconstruction", Values(label, "reconstruction"), "squared error an image");
    SampleResult.Print($"{label}_bits_per_dimension", Values(label, "bits_per_dimension"), "bits", "F3");
}
SampleResult.Print(
    "geco_constraint_error", Values("geco", "training_error").Select(error => 100 * Math.Abs(error / settings.Tolerance - 1)), "%");
SampleResult.PrintPeakMemory();
SamplePage.Write(output, "Taming VAEs", [.. objectives.Select(label => SamplePage.Picture(
    label, "First test images and their reconstructions in turn, then samples", InRun(label, "pictures.png"))),
    // A run that failed, or is resumed from an earlier version's folder, has no record of its training.
    .. objectives.Where(label => File.Exists(InRun(label, Path.Combine(Experiment.TrainingFolder, "metrics.jsonl")))).Select(label =>
        ReportSections.Constraint(InRun(label, Experiment.TrainingFolder)) with { Title = $"{label}: constraint" })]);
return results.Failed.Count == 0 ? 0 : 1;

// Of the first seed's run.
string InRun(string label, string name) => Path.Combine(output, label, FormattableString.Invariant($"seed-{firstSeed}"), name);

IEnumerable<double> Values(string label, string figure) => results.Values(label, figure).Values;
