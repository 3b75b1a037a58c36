// What are the extremes that items are mixtures of? Archetypes of data with known answers, and of pictures.
using System.Diagnostics;
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Samples;

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--task"] = "vertices, monotone, side, pictures, prior (how exact its density is), or all but prior (all)",
    ["--data"] = "auto, mnist, fashion-mnist, synthetic, or a folder with IDX files (mnist where it is found)",
    ["--class"] = "the class whose pictures are taken, 0 to 9 (3 of digits; Fashion-MNIST's shirts are 6)",
    ["--archetypes"] = "archetypes of the pictures (5)",
    ["--items"] = "items of each synthetic draw (1000)",
    ["--epochs"] = "epochs of each synthetic model (100)",
    ["--picture-epochs"] = "epochs of the pictures' model (40)",
    ["--seed"] = "the first seed (1)",
    ["--seeds"] = "synthetic draws, each with a seed of its own (3)",
    ["--threads"] = "threads (all)",
    ["--out"] = "folder for model, pictures and report (runs/archetypes)",
    ["--short!"] = "a few seconds: one draw, few items and epochs",
});
TorchRuntime.Prepare(arguments.Number("--threads", Environment.ProcessorCount));
var quick = arguments.Has("--short");
var task = arguments.Text("--task", "all");
if (task is not ("vertices" or "monotone" or "side" or "pictures" or "prior" or "all"))
    return Refuse($"--task is '{task}'; it must be vertices, monotone, side, pictures, prior or all");
var (seed, seeds) = (arguments.Number("--seed", 1, least: 0), arguments.Number("--seeds", quick ? 1 : 3));
var (items, epochs) = (arguments.Number("--items", quick ? 200 : 1000, least: 100), arguments.Number("--epochs", quick ? 3 : 100));
var pictures = new PictureTask(
    arguments.Text("--data", "mnist-first"), arguments.Number("--class", 3, least: 0), arguments.Number("--archetypes", 5, least: 2),
    arguments.Number("--picture-epochs", quick ? 1 : 40), seed, quick);
if (pictures.Class > 9)
    return Refuse($"--class is {pictures.Class}; there are classes 0 to 9");
var output = arguments.Text("--out", Path.Combine("runs", "archetypes"));

var clock = Stopwatch.StartNew();
var synthetic = new SyntheticTasks(items, epochs, [.. Enumerable.Range(seed, seeds)]);
var sections = new List<ReportSection>();
if (task is "all" or "vertices")
    synthetic.Vertices();
if (task is "all" or "monotone")
    synthetic.Monotone();
if (task is "all" or "side")
    synthetic.SideInformation();
if (task == "prior")
    PriorTask.Run(quick, seed);
if (task is "all" or "pictures")
    sections.AddRange(pictures.Run(output));
SampleArguments.PrintSettings(
    ("task", task), ("items", items), ("epochs", epochs), ("first seed", seed), ("seeds", seeds), ("class", pictures.Class),
    ("archetypes", pictures.Archetypes), ("picture epochs", pictures.Epochs));
SampleResult.Print("time", clock.Elapsed.TotalSeconds, "s", "F0");
SampleResult.PrintPeakMemory();
SamplePage.Write(output, "Archetypes", sections);
return 0;

static int Refuse(string problem)
{
    Console.Error.WriteLine(problem);
    return 2;
}
