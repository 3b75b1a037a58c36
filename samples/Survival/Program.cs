// Kaplan-Meier, Cox regression and the survival VAE on one study: who predicts better, and what treatment the VAE would recommend.
using System.Diagnostics;
using VaeToolkit.Runtime;
using VaeToolkit.Samples;
using VaeToolkit.Survival.Models;
using VaeToolkit.Survival.Prediction;
using VaeToolkit.Survival.Recommendation;
using VaeToolkit.Survival.Simulation;
using VaeToolkit.Survival.Validation;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "a CSV file of yours (a simulated trial whose truth is known)",
    ["--time"] = "its column of times (time)",
    ["--event"] = "its column of events, 1 observed and 0 censored (event)",
    ["--treatments"] = "its columns of treatments, divided by commas (none)",
    ["--patients"] = "patients of the simulated trial (1500)",
    ["--horizon"] = "the restricted mean's horizon in days or whatever times are in (5 for the simulated trial, else the median time)",
    ["--folds"] = "folds of the cross-validation (5)",
    ["--repeats"] = "repeats of it (1)",
    ["--epochs"] = "most epochs of training (80)",
    ["--seed"] = "seed of everything (1)",
    ["--out"] = "folder for the picture (runs/survival)",
    ["--short!"] = "a few seconds: few patients, folds and epochs",
});
var quick = arguments.Has("--short");
var seed = arguments.Number("--seed", 1, least: 0);
var output = arguments.Text("--out", Path.Combine("runs", "survival"));
var study = arguments.Has("--data")
    ? Study.Read(arguments.Text("--data", ""), arguments.Text("--time", "time"), arguments.Text("--event", "event"), arguments.Text("--treatments", "").Split(',', StringSplitOptions.RemoveEmptyEntries))
    : Study.Simulate(arguments.Number("--patients", quick ? 300 : 1500, least: 50), seed);
var folds = new CrossValidationOptions { Folds = arguments.Number("--folds", quick ? 2 : 5, least: 2), Repeats = arguments.Number("--repeats", 1), Seed = seed };
var training = new SavaeTrainingOptions
{
    Model = new() { EncoderSeesTreatment = true },
    Epochs = arguments.Number("--epochs", quick ? 5 : 80), BatchSize = 64, LearningRate = 3e-3, Patience = 20, Seed = seed,
};
var drawing = new PredictionOptions { Draws = 1000, Seed = seed };
var horizon = arguments.Number("--horizon", study.Trial is null ? (int)Math.Ceiling(study.Response.Times.ToArray().Order().ElementAt(study.Response.Count / 2)) : 5);
Console.WriteLine($"{study.Name}: {study.Response.Count} patients, {study.Response.EventCount} events, {study.Treatments.Count} combinations of treatments; covariates {string.Join(", ", study.Covariates)}");

var watch = Stopwatch.StartNew();
var scores = CrossValidation.Run(study.Response, new Candidates(study, training, drawing).All(), folds);
foreach (var candidate in scores.Candidates)
    Console.WriteLine($"{candidate.Name,-6} integrated Brier {scores.IntegratedBrier(candidate.Name)}, concordance {scores.Concordance(candidate.Name)}");
Console.WriteLine($"savae minus cox: {scores.BrierDifference("savae", "cox")} ({watch.Elapsed.TotalSeconds:F0} s)");

var all = study.Data([.. Enumerable.Range(0, study.Response.Count)]);
using var model = SavaeTraining.Fit(all, training).Model;
var prediction = SurvivalPredictor.Predict(model, all.Covariates, drawing);
Directory.CreateDirectory(output);
var picture = Path.Combine(output, "survival.svg");
CurvePlot.Save(picture, prediction, patient: 0, until: 2.0 * horizon);
Console.WriteLine($"{picture}: the first patient under every combination of treatments");
var utility = Utility.RestrictedMean(horizon);
if (study.Treatments.Count > 1)
{
    var advice = Recommend.Treatment(prediction, 0, utility, new() { LeastIntenseWithin = 0.02 * horizon });
    foreach (var treatment in advice.Ranking)
        Console.WriteLine($"  {treatment.Description}: {utility} {treatment.Utility}, short of the best by {treatment.Shortfall}, given to such patients with probability {treatment.Probability:F2}");
    Console.WriteLine($"recommended, the least intensive within {0.02 * horizon:G3} of the best: {advice.Chosen.Description}; {string.Join("; ", advice.Warnings.DefaultIfEmpty("no warnings"))}");
}

SampleArguments.PrintSettings(("data", study.Name), ("patients", study.Response.Count), ("horizon", horizon), ("folds", folds.Folds), ("repeats", folds.Repeats), ("epochs", training.Epochs), ("seed", seed));
foreach (var candidate in scores.Candidates)
    SampleResult.Print($"ibs_{candidate.Name}", scores.IntegratedBrier(candidate.Name).Mean, "", "F4");
foreach (var candidate in scores.Candidates)
    SampleResult.Print($"concordance_{candidate.Name}", scores.Concordance(candidate.Name).Mean, "", "F4");
if (study.Trial is not null)
    PrintPolicies(SimulatedTrial.Draw(1000, seed + 1000));

// The truth of new patients says what following the model's advice is worth.
void PrintPolicies(SimulatedTrial later)
{
    var predicted = SurvivalPredictor.Predict(model, all.Covariates.Schema.Encode(later.Table), drawing);
    double Value(int patient, int combination) => later.Truth(patient, combination / 2 == 1, combination % 2 == 1).RestrictedMean(horizon);
    double Mean(Func<int, double> value) => Enumerable.Range(0, later.Count).Average(value);
    SampleResult.Print("rmst_given", Mean(i => later.Truth(i).RestrictedMean(horizon)), "", "F3");
    SampleResult.Print("rmst_best_fixed", Enumerable.Range(0, 4).Max(t => Mean(i => Value(i, t))), "", "F3");
    SampleResult.Print("rmst_recommended", Mean(i => Value(i, Recommend.Treatment(predicted, i, utility).Chosen.Combination)), "", "F3");
    SampleResult.Print("rmst_oracle", Mean(i => Enumerable.Range(0, 4).Max(t => Value(i, t))), "", "F3");
}
