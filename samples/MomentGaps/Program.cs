// Moment gaps: what they say about mixtures of growing size, and what they do as a regulariser of a VAE.
using System.Globalization;
using TorchSharp;
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Samples;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "auto, mnist, synthetic, or a folder with IDX files (MNIST where it is found)",
    ["--tables"] = "folder with iris.csv and digits.csv (tabular/ where VAETOOLKIT_DATA points)",
    ["--digit"] = "the digit that the VAEs learn (4)",
    ["--epochs"] = "epochs for each VAE (25)",
    ["--alpha"] = "the weight of the gap, nats (5)",
    ["--draws"] = "draws of z a step (100)",
    ["--seed"] = "the first seed (1)",
    ["--seeds"] = "runs of either VAE, each with a seed of its own (1)",
    ["--out"] = "folder for the pictures (runs/moment-gaps)",
    ["--validation!"] = "measure on every sixth training image, left out of training, rather than on the test images: for choosing alpha",
    ["--short!"] = "a few seconds: iris only, one epoch on few images",
    ["--moons!"] = "only train both VAEs on half moons",
    ["--timings!"] = "only measure how long the estimators take",
});
if (arguments.Has("--timings"))
{
    Timings.Print(arguments.Number("--seed", 1, least: 0));
    return;
}
if (arguments.Has("--moons"))
{
    HalfMoons.Compare(VaeSettings.ForMoons, arguments.Number("--seed", 1, least: 0), arguments.Number("--seeds", 1));
    return;
}
var quick = arguments.Has("--short");
var settings = VaeSettings.ForDigits with
{
    Epochs = arguments.Number("--epochs", quick ? 1 : VaeSettings.ForDigits.Epochs),
    Alpha = arguments.Number("--alpha", VaeSettings.ForDigits.Alpha, least: 0),
    Draws = arguments.Number("--draws", VaeSettings.ForDigits.Draws),
    EvaluationDraws = quick ? 500 : VaeSettings.ForDigits.EvaluationDraws,
};
var digit = arguments.Number("--digit", 4, least: 0);
var (firstSeed, seeds) = (arguments.Number("--seed", 1, least: 0), arguments.Number("--seeds", 1));
var output = arguments.Text("--out", Path.Combine("runs", "moment-gaps"));

var tables = arguments.Text("--tables", Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA") ?? ".", "tabular"));
MixtureTable.Print(Path.Combine(tables, "iris.csv"), quick ? [1, 2, 3] : [1, 2, 3, 4, 5, 10], firstSeed);
if (!quick)
    MixtureTable.Print(Path.Combine(tables, "digits.csv"), [1, 2, 3, 5, 10, 15], firstSeed);

using var scope = torch.NewDisposeScope();
var (images, name) = SampleImages.Find(arguments.Text("--data", "mnist-first"), firstSeed, Binarisation.None);
using var all = images;
using var digits = DigitData.Select(quick ? all.First(2_000) : all, digit);
var validation = arguments.Has("--validation");
using var train = validation ? DigitData.Sixths(digits, held: false) : digits;
using var test = validation ? DigitData.Sixths(digits, held: true) : DigitData.Select(all.Test!, digit);
Console.WriteLine($"{name}: {train.Count} training and {test.Count} held-out images of the digit {digit}");

List<VaeOutcome> plain = [], regularised = [];
for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
{
    using var beta = VaeExperiment.Run(settings with { Alpha = 0 }, train, test, seed);
    using var mega = VaeExperiment.Run(settings, train, test, seed);
    Console.WriteLine($"seed {seed}: β-VAE {beta.Outcome}; MEGA-β-VAE {mega.Outcome}");
    plain.Add(beta.Outcome);
    regularised.Add(mega.Outcome);
    if (seed == firstSeed)
        DigitPictures.Save(output, beta.Model, mega.Model, firstSeed);
}

SampleArguments.PrintSettings(("data", name), ("digit", digit), ("epochs", settings.Epochs), ("alpha", settings.Alpha),
    ("draws", settings.Draws), ("first seed", firstSeed), ("seeds", seeds));
SampleResult.Print("beta_vae_gap", plain.Select(run => run.Gap), "2MEGA-F, held out");
SampleResult.Print("mega_vae_gap", regularised.Select(run => run.Gap), "2MEGA-F, held out");
SampleResult.Print("beta_vae_elbo", plain.Select(run => run.Elbo), "nats");
SampleResult.Print("mega_vae_elbo", regularised.Select(run => run.Elbo), "nats");
SampleResult.Print("gap_ratio", regularised.Zip(plain, (mega, beta) => mega.Gap / beta.Gap), "");
SampleResult.Print("elbo_loss", regularised.Zip(plain, (mega, beta) => 100 * (beta.Elbo - mega.Elbo) / Math.Abs(beta.Elbo)), "%");
SampleResult.PrintPeakMemory();
string[] kinds = ["samples", "means", "deviations"];
SamplePage.Write(output, "Moment gaps of two VAEs", [
    ReportSections.MomentGaps([.. plain.Zip(regularised).SelectMany((runs, i) => new[]
    {
        Gap($"β-VAE, seed {firstSeed + i}", runs.First), Gap($"MEGA-β-VAE, seed {firstSeed + i}", runs.Second),
    })]),
    .. kinds.Select(kind => SamplePage.Picture(
        $"Pictures: {kind}", "Left the β-VAE, right the MEGA-β-VAE", Path.Combine(output, $"{kind}.png"))),
]);

// The draws' error is known of the second moments alone.
static (string Name, double First, double FirstError, double Second, double SecondError) Gap(string name, VaeOutcome run)
    => (name, run.FirstGap, double.NaN, run.Gap, run.GapError);
