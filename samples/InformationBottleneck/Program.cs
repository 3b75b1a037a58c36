// What does a code cost, and what does it say? Gaussian views against their closed form, halves of pictures, and classes.
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Samples;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--task"] = "gaussian, halves, classes (Alemi's bottleneck, minutes), or all; gaussian and halves if not given",
    ["--data"] = "auto, fashion-mnist, mnist, synthetic, or a folder with IDX files (mnist where it is found)",
    ["--epochs"] = "epochs: of every β after the first in halves (3), of classes (40)",
    ["--seed"] = "the run's seed (1)",
    ["--out"] = "folder for report and picture (runs/information-bottleneck)",
    ["--short!"] = "a few seconds: all tasks on few items",
});
var quick = arguments.Has("--short");
var task = arguments.Text("--task", quick ? "all" : "gaussian and halves");
if (task is not ("gaussian" or "halves" or "classes" or "all" or "gaussian and halves"))
{
    Console.Error.WriteLine($"--task is '{task}'; it must be gaussian, halves, classes or all");
    return 2;
}
var seed = arguments.Number("--seed", 1, least: 0);
var output = arguments.Text("--out", Path.Combine("runs", "information-bottleneck"));

var sections = new List<ReportSection>();
if (task is "all" or "gaussian" or "gaussian and halves")
    sections.Add(GaussianTask.Run(quick, seed));
var choice = arguments.Text("--data", "mnist-first");
if (task is "all" or "halves" or "gaussian and halves")
{
    var (images, name) = SampleImages.Find(choice, seed);
    using var data = images;
    Console.WriteLine($"{name}: {data.Count} pictures");
    HalvesTask.Run(data, data.Test!, quick, arguments.Number("--epochs", 3), seed, output);
}
if (task is "all" or "classes")
{
    // Classes are told from grey levels, as in the paper.
    using var data = SampleImages.Find(choice, seed, Binarisation.None).Images;
    ClassesTask.Run(data, data.Test!, quick, arguments.Number("--epochs", 40), seed);
}
SampleArguments.PrintSettings(("task", task), ("seed", seed));
SampleResult.PrintPeakMemory();
SamplePage.Write(output, "What a code costs, and what it says", sections);
return 0;
