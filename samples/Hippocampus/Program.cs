// A structure in MR images: NIfTI pairs are read, prepared and learned from, held-out volumes predicted,
// and the masks written on the grid of the scan.
using System.Diagnostics;
using System.Globalization;
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "folder with NIfTI pairs in images/ and labels/, whose labels above 0 are the structure (hippocampus/ where "
        + "VAETOOLKIT_DATA says, else phantoms)",
    ["--train"] = "volumes to learn from (20)",
    ["--test"] = "volumes held out (40)",
    ["--steps"] = "training steps of two volumes (150)",
    ["--threads"] = "threads (as many as there are cores)",
    ["--seed"] = "the seed: who is held out, and the training (1)",
    ["--out"] = "folder for weights, masks and the picture (runs/hippocampus)",
    ["--short!"] = "a few seconds: 4 volumes to learn from, 4 held out, 12 steps",
});
var quick = arguments.Has("--short");
var (training, held, steps) = (arguments.Number("--train", quick ? 4 : 20), arguments.Number("--test", quick ? 4 : 40),
    arguments.Number("--steps", quick ? 12 : 150));
var (seed, output) = (arguments.Number("--seed", 1, least: 0), arguments.Text("--out", Path.Combine("runs", "hippocampus")));
TorchRuntime.Prepare(arguments.Number("--threads", Environment.ProcessorCount));
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) => (key.Cancel, _) = (true, stop.CancelAsync());

var clock = Stopwatch.StartNew();
var folder = arguments.Has("--data") ? arguments.Text("--data", "")
    : Patients.Find() ?? Patients.DrawPhantoms(Path.Combine(output, "phantoms"), training + held, seed);
var files = FileCheck.Run(folder, quick ? training + held : int.MaxValue);
Console.WriteLine($"{folder}: {files}");

using var patients = new Patients(folder, files.Largest, training, held, seed);
foreach (var warning in patients.Warnings)
    Console.WriteLine(warning);
clock.Restart();
// The network's first weights are a function of the seed too.
using var random = SeedScope.Begin(seed);
using var network = new UNet3d(UNet3dOptions.Small with { ForegroundRate = patients.Training.ForegroundRate });
// The structure is one label on either side, and so are the hippocampus's anterior and posterior parts.
var augmentation = new Augmentation(new()
{
    FlipProbability = new(0.5, 0, 0),
    Symmetry = LabelSymmetry.Symmetric,
    RotationDegrees = 10,
    Scaling = 0.1,
    Shift = 0.03,
});
var options = new SegmentationTrainingOptions { Steps = steps, Seed = seed, Augmentation = augmentation.Apply };
var run = SegmentationTraining.Run(network, new SegmentationObjective(), patients.Training, options: options,
    progress: new StepLine(steps), cancellationToken: stop.Token);
var seconds = clock.Elapsed.TotalSeconds;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{network}: {run.Steps.Count} steps on {training} volumes of "
    + $"{files.Largest} in {seconds:F0} s, loss {run.Steps[0].Loss:F3} to {run.Steps[^1].Loss:F3}"));
foreach (var warning in run.Warnings())
    Console.WriteLine(warning);
Directory.CreateDirectory(output);
network.SaveWeights(Path.Combine(output, "network.safetensors"));

using var prediction = Segmentation.Predict(network, patients.HeldOutImages, cancellationToken: stop.Token);
var outcomes = patients.Score(prediction, Path.Combine(output, "masks"));
SlicePicture.Save(Path.Combine(output, "slices.png"), patients, prediction, rows: Math.Min(6, held));
Console.WriteLine($"{output}: network.safetensors, masks/ and slices.png (image, truth, prediction, entropy)");

SampleArguments.PrintSettings(
    ("data", folder), ("training volumes", training), ("held out", held), ("steps", steps), ("size", files.Largest), ("seed", seed));
SampleResult.Print("pairs_read", files.Pairs, "", "F0");
SampleResult.Print("read_seconds", files.ReadSeconds, "s");
SampleResult.Print("pairs_identical_after_writing", files.Identical, "", "F0");
SampleResult.Print("train_seconds", seconds, "s", "F0");
Summarise("dice", outcome => outcome.Scores.Dice, "");
Summarise("iou", outcome => outcome.Scores.IntersectionOverUnion, "");
Summarise("precision", outcome => outcome.Scores.Precision, "");
Summarise("sensitivity", outcome => outcome.Scores.Sensitivity, "");
Summarise("relative_volume_difference", outcome => outcome.Scores.RelativeVolumeDifference, "");
Summarise("hd95", outcome => outcome.Scores.Hausdorff95, "mm");
Summarise("assd", outcome => outcome.Scores.AverageSurfaceDistance, "mm");
Summarise("surface_dice_1mm", outcome => outcome.Scores.SurfaceDice, "");
Summarise("calibration_error", outcome => outcome.Calibration.ExpectedError, "");
SampleResult.PrintPeakMemory();
SamplePage.Write(output, "Segmentation of the hippocampus", ReportSections.Segmentation(
    ReportPictures.Read(
        "Held-out volumes: image, truth, prediction, entropy", "A row of four pictures for each volume.",
        Path.Combine(output, "slices.png")),
    [.. outcomes.Select((outcome, i) => (FormattableString.Invariant($"held-out volume {i + 1}"), outcome.Scores.Dice))]));

// The mean over held-out volumes with its standard error.
void Summarise(string name, Func<Outcome, double> score, string unit)
    => SampleResult.PrintText(name, ScoreSummary.Of(outcomes.Select(score)).ToString(), unit);
