// Moment gaps: what they say about mixtures of growing size, and what they do as a regulariser of a VAE.
using System.Globalization;
using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Runtime;
using VaeToolkit.Samples;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "auto, mnist, synthetic, or a folder with IDX files (MNIST where it is found)",
    ["--tables"] = "folder with iris.csv and digits.csv (tabular/ where VAETOOLKIT_DATA points)",
    ["--digit"] = "the digit that the VAEs learn (4)",
    ["--epochs"] = "epochs for each VAE (25)",
    ["--alpha"] = "the weight of the gap, nats (15)",
    ["--draws"] = "draws of z a step (100)",
    ["--seed"] = "the first seed (1)",
    ["--seeds"] = "runs of either VAE, each with a seed of its own (1)",
    ["--out"] = "folder for the pictures (runs/moment-gaps)",
    ["--validation!"] = "measure on every sixth training image, left out of training, rather than on the test images: for choosing alpha",
    ["--short!"] = "a few seconds: iris only, one epoch on few images",
    ["--timings!"] = "only measure how long the estimators take",
});
if (arguments.Has("--timings"))
{
    Timings.Print(arguments.Number("--seed", 1, least: 0));
    return;
}
var quick = arguments.Has("--short");
var settings = new DigitSettings(
    Digit: arguments.Number("--digit", 4, least: 0),
    Epochs: arguments.Number("--epochs", quick ? 1 : 25),
    Alpha: arguments.Number("--alpha", 15, least: 0),
    Draws: arguments.Number("--draws", 100),
    EvaluationDraws: quick ? 500 : 10_000);
var (firstSeed, seeds) = (arguments.Number("--seed", 1, least: 0), arguments.Number("--seeds", 1));
var output = arguments.Text("--out", Path.Combine("runs", "moment-gaps"));

var tables = arguments.Text("--tables", Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA") ?? ".", "tabular"));
MixtureTable.Print(Path.Combine(tables, "iris.csv"), quick ? [1, 2, 3] : [1, 2, 3, 4, 5, 10], firstSeed);
if (!quick)
    MixtureTable.Print(Path.Combine(tables, "digits.csv"), [1, 2, 3, 5, 10, 15], firstSeed);

using var scope = torch.NewDisposeScope();
var (images, name) = SampleImages.Find(arguments.Text("--data", "mnist-first"), firstSeed, Binarisation.None);
using var all = images;
using var digits = DigitData.Select(quick ? all.First(2_000) : all, settings.Digit);
var validation = arguments.Has("--validation");
using var train = validation ? DigitData.Sixths(digits, held: false) : digits;
using var test = validation ? DigitData.Sixths(digits, held: true) : DigitData.Select(all.Test!, settings.Digit);
Console.WriteLine($"{name}: {train.Count} training and {test.Count} held-out images of the digit {settings.Digit}");

List<DigitOutcome> plain = [], regularised = [];
for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
{
    using var beta = DigitExperiment.Run(settings with { Alpha = 0 }, train, test, seed);
    using var mega = DigitExperiment.Run(settings, train, test, seed);
    Console.WriteLine($"seed {seed}: β-VAE {beta.Outcome}; MEGA-β-VAE {mega.Outcome}");
    plain.Add(beta.Outcome);
    regularised.Add(mega.Outcome);
    if (seed == firstSeed)
        DigitPictures.Save(output, beta.Model, mega.Model, firstSeed);
}

SampleArguments.PrintSettings(("data", name), ("digit", settings.Digit), ("epochs", settings.Epochs), ("alpha", settings.Alpha), ("draws", settings.Draws), ("first seed", firstSeed), ("seeds", seeds));
SampleResult.Print("beta_vae_gap", plain.Select(run => run.Gap), "2MEGA-F, held out");
SampleResult.Print("mega_vae_gap", regularised.Select(run => run.Gap), "2MEGA-F, held out");
SampleResult.Print("beta_vae_elbo", plain.Select(run => run.Elbo), "nats");
SampleResult.Print("mega_vae_elbo", regularised.Select(run => run.Elbo), "nats");
SampleResult.Print("gap_ratio", regularised.Zip(plain, (mega, beta) => mega.Gap / beta.Gap), "");
SampleResult.Print("elbo_loss", regularised.Zip(plain, (mega, beta) => 100 * (beta.Elbo - mega.Elbo) / Math.Abs(beta.Elbo)), "%");
