// Continual learning: digits class after class, with and without means against forgetting.
using System.Diagnostics;
using VaeToolkit;
using VaeToolkit.Boosting;
using VaeToolkit.Evaluation;
using VaeToolkit.Samples;
using VaeToolkit.Studies;

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "auto, mnist, fashion-mnist, synthetic, or a folder with IDX files (mnist where it is found)",
    ["--budget"] = "short, default or reference: the settings in docs/continual-learning.md (default)",
    ["--tasks"] = "how many classes are learned, one after another, 1 to 10 (4; short: 2)",
    ["--strategies"] = "by commas: " + string.Join(",", Method.All.Select(method => method.Name)),
    ["--ewc"] = "strength of elastic weight consolidation (1000)",
    ["--seed"] = "the first seed (14)",
    ["--seeds"] = "runs of every strategy, each with a seed of its own (1)",
    ["--threads"] = "threads (all)",
    ["--out"] = "folder for models and pictures (runs/continual-learning)",
    ["--processes"] = SampleStudy.ProcessesHelp,
    ["--resume!"] = "keep the runs that the folder has, and go on after the tasks that others have finished",
    ["--short!"] = "the same as --budget short",
});
TorchRuntime.Prepare(arguments.Number("--threads", Environment.ProcessorCount));
var choice = arguments.Has("--short") ? "short" : arguments.Text("--budget", "default");
if (Budget.All.FirstOrDefault(b => b.Name == choice) is not { } budget)
    return Refuse($"unknown budget '{choice}'; there are {string.Join(", ", Budget.All.Select(b => b.Name))}");
budget = budget with { Consolidation = arguments.Number("--ewc", (int)budget.Consolidation) };
var names = arguments.Text("--strategies", budget.Strategies).Split(',');
if (names.FirstOrDefault(name => Method.All.All(method => method.Name != name)) is { } unknown)
    return Refuse($"unknown strategy '{unknown}'; there are {string.Join(", ", Method.All.Select(method => method.Name))}");
var count = arguments.Number("--tasks", budget.Tasks);
if (count > 10)
    return Refuse($"option '--tasks' is {count}; there are ten classes");
var (firstSeed, seeds) = (arguments.Number("--seed", 14, least: 0), arguments.Number("--seeds", 1));
var output = arguments.Text("--out", Path.Combine("runs", "continual-learning"));

var clock = Stopwatch.StartNew();
var (images, data) = SampleImages.Find(arguments.Text("--data", "mnist-first"), 1, Binarisation.None);
using var all = images;
var train = all.First(Math.Min(budget.Images, all.Count));
var test = all.Test!.First(Math.Min(budget.TestImages, all.Test.Count));
using var tasks = TaskSequence.OneClassEach(train, test, count, validationItems: train.Count / 6);
// Where workers do the runs, this process needs none.
var classifier = new Lazy<FeatureClassifier>(() => FeatureClassifier.Train(train, budget.Classifier));
foreach (var name in names)
    Console.WriteLine($"{name}: {Method.All.Single(method => method.Name == name).Text}");

var study = new Study<MethodSetting>(
    output, names.ToDictionary(
        name => name, name => new MethodSetting(Method.All.Single(method => method.Name == name), budget, count, data)),
    [.. Enumerable.Range(firstSeed, seeds).Select(seed => (long)seed)], run =>
    {
        var figures = new ContinualExperiment(budget, tasks, classifier.Value, run.Seed)
            .Run(run.Setting.Method, run.Folder, arguments.Has("--resume"));
        figures["classifier_accuracy"] = 100 * classifier.Value.Accuracy(test);
        return figures;
    });
var results = SampleStudy.Run(arguments, study);
if (classifier.IsValueCreated)
    classifier.Value.Dispose();
if (!results.Succeeded().Any())
    return 1;

var table = new ResultTable(results, [.. tasks.Tasks.Select(task => task.Name)]);
table.Print();
Console.WriteLine($"in the folders of {output}: samples.png, a row of pictures after each task");
SampleArguments.PrintSettings(
    ("data", data), ("budget", budget.Name), ("epochs a task", Each(method => $"{method.Training(budget).Epochs}")),
    ("images a batch", Each(method => $"{method.Training(budget).BatchSize}")), ("components a task", budget.Components),
    ("importance samples", budget.Training.Likelihood.Samples), ("ewc", budget.Consolidation), ("first seed", firstSeed), ("seeds", seeds));
SampleResult.Print("classifier_accuracy", results.Values(results.Succeeded().First(), "classifier_accuracy").Values.First(), "%");
table.PrintResults();
SampleResult.Print("time", clock.Elapsed.TotalSeconds, "s", "F0");
SampleResult.PrintPeakMemory();
SamplePage.Write(output, "Learning task after task", table.Sections(output));
return results.Failed.Count == 0 ? 0 : 1;

// One text where all methods have the same.
string Each(Func<Method, string> setting)
{
    var settings = names.Select(name => (Name: name, Text: setting(Method.All.Single(method => method.Name == name)))).ToList();
    return settings.DistinctBy(one => one.Text).Count() == 1 ? settings[0].Text
        : string.Join(", ", settings.Select(one => $"{one.Name} {one.Text}"));
}

static int Refuse(string problem)
{
    Console.Error.WriteLine(problem);
    return 2;
}
