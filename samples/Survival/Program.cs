// Kaplan-Meier, Cox regression and the survival VAE on one study: who predicts better, and what treatment the VAE would recommend.
using System.Diagnostics;
using VaeToolkit;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Reports;
using VaeToolkit.Samples;
using VaeToolkit.Survival;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "a CSV file of yours (a simulated trial whose truth is known)",
    ["--time"] = "its column of times (time)",
    ["--event"] = "its column of events, 1 observed and 0 censored (event)",
    ["--treatments"] = "its columns of treatments, divided by commas (none)",
    ["--covariates"] = "its columns of covariates, such as age,celltype,grade:ordinal (all others)",
    ["--patients"] = "patients of the simulated trial (1500)",
    ["--horizon"] = "the restricted mean's horizon in days or whatever times are in (5 for the simulated trial, else the median time)",
    ["--folds"] = "folds of the cross-validation (5)",
    ["--repeats"] = "repeats of it (1)",
    ["--epochs"] = "most epochs of training (100)",
    ["--weight"] = "weight of ln p(y|t,x) beside the bound; 0 is the paper's bound alone (a 150th of the patients, from 1 to 20)",
    ["--seed"] = "seed of everything (1)",
    ["--out"] = "folder for the picture (runs/survival)",
    ["--short!"] = "a few seconds: few patients, folds and epochs",
});
var quick = arguments.Has("--short");
var seed = arguments.Number("--seed", 1, least: 0);
var output = arguments.Text("--out", Path.Combine("runs", "survival"));
if (Find() is not { } study)
    return 2;
var folds = new CrossValidationOptions
{
    Folds = arguments.Number("--folds", quick ? 2 : 5, least: 2),
    Repeats = arguments.Number("--repeats", 1),
    Seed = seed,
};
var training = new SavaeTrainingOptions
{
    Model = new() { LatentSize = 6, EncoderSeesTreatment = true },
    Elbo = new() { PredictiveWeight = arguments.Number("--weight", Math.Clamp(study.Response.Count / 150, 1, 20), least: 0) },
    Epochs = arguments.Number("--epochs", quick ? 5 : 100),
    BatchSize = 256,
    LearningRate = 1e-2,
    Seed = seed,
};
var drawing = new SurvivalPredictionOptions { Draws = 2000, Seed = seed };
var horizon = arguments.Number(
    "--horizon", study.Trial is null ? (int)Math.Ceiling(study.Response.Times.ToArray().Order().ElementAt(study.Response.Count / 2)) : 5);
Console.WriteLine($"{study.Name}: {study.Response.Count} patients, {study.Response.EventCount} events, "
    + $"{study.Treatments.Count} combinations of treatments; covariates {string.Join(", ", study.Covariates)}");

var watch = Stopwatch.StartNew();
var candidates = new Candidates(study, training, drawing);
var predictions = new OutOfFold(study.Response);
if (Compare() is not { } scores)
    return 2;
Console.WriteLine(scores);
if (scores.Candidates.FirstOrDefault(candidate => candidate.Failures.Count == candidate.IntegratedBrier.Count) is { } hopeless)
{
    Console.Error.WriteLine(hopeless.Failures[0]);
    return 2;
}
Console.WriteLine($"savae minus cox: {scores.BrierDifference("savae", "cox", overScoredFolds: true)} ({watch.Elapsed.TotalSeconds:F0} s)");

var all = study.Data([.. Enumerable.Range(0, study.Response.Count)]);
var fitted = SavaeTraining.Fit(all, training);
using var model = fitted.Model;
var prediction = SurvivalPredictor.Predict(model, all.Covariates, drawing);
var utility = Utility.RestrictedMean(horizon);
if (study.Treatments.Count > 1)
{
    var advice = Recommend.Treatment(prediction, 0, utility, new() { LeastIntenseWithin = 0.02 * horizon });
    foreach (var treatment in advice.Ranking)
        Console.WriteLine($"  {treatment.Description}: {utility} {treatment.Utility}, short of the best by "
            + $"{treatment.Shortfall}, given to such patients with probability {treatment.Probability:F2}");
    Console.WriteLine($"recommended, the least intensive within {0.02 * horizon:G3} of the best: {advice.Chosen.Description}; "
        + $"{string.Join("; ", advice.Warnings.DefaultIfEmpty("no warnings"))}");
}

SampleArguments.PrintSettings(
    ("data", study.Name), ("patients", study.Response.Count), ("horizon", horizon), ("folds", folds.Folds),
    ("repeats", folds.Repeats), ("epochs", training.Epochs),
    ("weight", training.Elbo.PredictiveWeight), ("seed", seed));
foreach (var candidate in scores.Candidates)
    SampleResult.Print($"ibs_{candidate.Name}", scores.IntegratedBrier(candidate.Name, overScoredFolds: true).Mean, "", "F4");
foreach (var candidate in scores.Candidates)
    SampleResult.Print($"concordance_{candidate.Name}", scores.Concordance(candidate.Name, overScoredFolds: true).Mean, "", "F4");
var difference = scores.BrierDifference("savae", "cox", overScoredFolds: true);
SampleResult.Print("ibs_savae_minus_cox", difference.Mean, "", "F4");
SampleResult.Print("ibs_savae_minus_cox_error", difference.StandardError, "", "F4");
SampleResult.Print("scored_until", scores.Until, "", "G6");
SampleResult.Print("kl", fitted.Result.Best.ValidationTerms!["kl"], "nats", "F3");
if (study.Trial is not null)
{
    var later = SimulatedTrial.Draw(2000, seed + 1000);
    var check = new TruthCheck(later, SurvivalPredictor.Predict(model, all.Covariates.Schema.Encode(later.Table), drawing), horizon);
    check.PrintScores(times => candidates.Cox([.. Enumerable.Range(0, study.Response.Count)], later.Table, times));
    check.PrintPolicies();
}
SampleResult.PrintPeakMemory();
SamplePage.Write(
    output, "Survival: SAVAE and Cox", new("What is shown", new ReportText(
        "The curves of the first patient's survival have two standard errors of the draws. Scores and calibration are of all patients, "
        + "predicted in the folds that they were left out of; calibration in the middle of the scored times, by fifths.")),
    ReportSections.Survival(
        [.. Enumerable.Range(0, study.Treatments.Count).Select(Curve)], "as in the data", predictions.Brier(), predictions.Calibration()));
return 0;

ReportCurve Curve(int treatment)
{
    double[] times = [.. Enumerable.Range(1, 120).Select(i => horizon * i / 60.0)];
    var predicted = prediction.For(0, treatment);
    var label = study.Treatments.Describe(treatment);
    return new(label.Length > 0 ? label : "predicted", times, [.. times.Select(time => predicted.Survival(time).Value)])
    {
        Spread = [.. times.Select(time => 2 * predicted.Survival(time).StandardError)],
    };
}

Study? Find() => Try(() => arguments.Has("--data")
    ? Study.Read(arguments.Text("--data", ""), arguments.Text("--time", "time"), arguments.Text("--event", "event"),
        Names("--treatments"), Names("--covariates"))
    : Study.Simulate(arguments.Number("--patients", quick ? 300 : 1500, least: 50), seed));

CrossValidationResult? Compare() => Try(() => CrossValidation.Run(
    study.Response, [.. candidates.All().Select(predictions.Keeping)], folds));

// What is wrong with a file or its columns is told in one sentence.
T? Try<T>(Func<T> action)
    where T : class
{
    try
    {
        return action();
    }
    catch (Exception exception) when (exception is IOException or FormatException or ArgumentException or MonotoneLikelihoodException)
    {
        Console.Error.WriteLine(exception.Message);
        return null;
    }
}

string[] Names(string option)
    => arguments.Text(option, "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
