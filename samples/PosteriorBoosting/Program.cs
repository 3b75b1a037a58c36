// Boosted posteriors (MPVI): two-dimensional targets, a component at a time, with a picture of the density after each; with --lenet a
// Bayesian LeNet-5 that learns pairs of digits one after the other.
using System.Diagnostics;
using VaeToolkit;
using VaeToolkit.Boosting;
using VaeToolkit.Reports;
using VaeToolkit.Samples;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--targets"] = "which toy targets, by commas (all: two_modes,ring8,banana,ring_potential,cross)",
    ["--components"] = "most components (10)",
    ["--restarts"] = "candidates for every component (8)",
    ["--steps"] = "optimiser steps for a component (400)",
    ["--refinement"] = "optimiser steps that follow on the joined mixture's bound (300)",
    ["--lenet!"] = "pairs of digits instead, learned one after the other; the next six are its",
    ["--methods"] = "which methods, by commas (all: mixture,fine_tuning,previous_posterior,joint)",
    ["--pairs"] = "pairs of digits (5)",
    ["--images"] = "training images of every class, the first ones; 0 for all (2000)",
    ["--test-images"] = "test images of every class, the first ones; 0 for all (0)",
    ["--passes"] = "passes over a pair's images (8)",
    ["--samples"] = "networks drawn from every component for predictions (10)",
    ["--seed"] = "the seed (1)",
    ["--out"] = "folder for the pictures (runs/posterior-boosting)",
    ["--lambda!"] = "also the published step alone on ring8 with lambda 0.5, 1 and 2",
    ["--short!"] = "a few seconds: two targets or pairs, few components and steps",
});
var quick = arguments.Has("--short");
var (components, restarts) = (arguments.Number("--components", quick ? 3 : 10), arguments.Number("--restarts", 8));
var (steps, seed) = (arguments.Number("--steps", quick ? 200 : 400), arguments.Number("--seed", 1, least: 0));
var refinement = arguments.Number("--refinement", quick ? 100 : 300, least: 0);
var output = arguments.Text("--out", Path.Combine("runs", "posterior-boosting"));
if (arguments.Has("--lenet"))
{
    var settings = LeNetSettings.Of(arguments, seed, output);
    if (settings.Methods.FirstOrDefault(name => !LeNetStudy.Methods.ContainsKey(name)) is { } unlisted)
    {
        Console.Error.WriteLine($"unknown method '{unlisted}'; there are {string.Join(", ", LeNetStudy.Methods.Keys)}");
        return 2;
    }
    LeNetStudy.Run(settings);
    return 0;
}
var names = arguments.Text(
    "--targets", quick ? "two_modes,cross" : string.Join(',', ToyTarget.All.Select(target => target.Name))).Split(',');
if (names.FirstOrDefault(name => ToyTarget.All.All(target => target.Name != name)) is { } unknown)
{
    Console.Error.WriteLine($"unknown target '{unknown}'; there are {string.Join(", ", ToyTarget.All.Select(target => target.Name))}");
    return 2;
}

// First, so that the peak memory is this one's.
DensityTiming.Print(seed);
var clock = Stopwatch.StartNew();
var results = new List<(string Name, IReadOnlyList<double> Divergences, IReadOnlyList<double> Weights)>();
foreach (var target in ToyTarget.All.Where(target => names.Contains(target.Name)))
    Add(target.Name, Run(target, 1, refinement, output));
if (arguments.Has("--lambda"))
{
    foreach (var (ratioWeight, label) in new[] { (0.5, "half"), (1.0, "one"), (2.0, "two") })
        Add("ring8_lambda_" + label, Run(ToyTarget.Ring8, ratioWeight, 0, Path.Combine(output, "lambda-" + label)));
}

Console.WriteLine($"pictures in {output}: the target at the left, then the mixture after each component; a line is one nat");
SampleArguments.PrintSettings(("targets", string.Join(' ', names)), ("components", components), ("restarts", restarts), ("steps", steps),
    ("refinement", refinement), ("seed", seed));
foreach (var (name, divergences, _) in results)
{
    // Where boosting ended earlier the mixture stands.
    for (var k = 0; k < components; k++)
        SampleResult.Print($"{name}_kl_{k + 1}", divergences[Math.Min(k, divergences.Count - 1)], "nats", "F4");
    SampleResult.Print($"{name}_components", divergences.Count, "", "F0");
}
SampleResult.Print("time", clock.Elapsed.TotalSeconds, "s", "F1");
SampleResult.PrintPeakMemory();
SamplePage.Write(output, "Posteriors, boosted", [new ReportSection("Divergence", new ReportChart
{
    Caption = "Divergence of the mixture from its target",
    X = "components",
    Y = "KL, nats",
    Curves = [.. results.Select(result => new ReportCurve(
        result.Name, [.. Enumerable.Range(1, result.Divergences.Count).Select(k => (double)k)], result.Divergences))],
}), .. results.Select(result => ReportSections.Components(result.Weights) with { Title = $"Components of {result.Name}" })]);
return 0;

void Add(string name, (IReadOnlyList<double> Divergences, IReadOnlyList<double> Weights) outcome)
    => results.Add((name, outcome.Divergences, outcome.Weights));

(IReadOnlyList<double> Divergences, IReadOnlyList<double> Weights) Run(
    ToyTarget target, double ratioWeight, int refinementSteps, string folder)
{
    Console.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{target.Name}, lambda {ratioWeight}"));
    using var experiment = new ToyExperiment(target, folder);
    return experiment.Run(new()
    {
        Components = components,
        Restarts = restarts,
        Seed = seed,
        Step = new() { Steps = steps, RefinementSteps = refinementSteps, RatioWeight = ratioWeight },
    });
}
