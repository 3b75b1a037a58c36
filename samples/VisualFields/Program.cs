// Visual fields: future fields and progression by a VAE's latent rates, beside point-wise regression, a linear model and no change.
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using VaeToolkit.VisualFields;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "a CSV file of eyes (visual-fields/train.csv where VAETOOLKIT_DATA points, else simulated eyes)",
    ["--places"] = "a CSV file of their places (the 24-2 pattern)",
    ["--test"] = "a CSV file of other eyes to judge on (a fifth of the patients, held back)",
    ["--held"] = "the share of the patients that is held back, in % (20)",
    ["--epochs"] = "epochs for each VAE (20)",
    ["--mmd!"] = "the authors' objective, MMD with a deterministic encoder, in place of the KL divergence",
    ["--seed"] = "seed of the split and of training (1)",
    ["--out"] = "folder for the picture and the page (runs/visual-fields)",
    ["--short!"] = "a few seconds: few eyes and epochs",
});
var quick = arguments.Has("--short");
var (seed, output) = (arguments.Number("--seed", 1, least: 0), arguments.Text("--out", Path.Combine("runs", "visual-fields")));
FieldCohort training, held;
string source;
try
{
    (training, held, source) = Read();
}
catch (Exception exception) when (exception is IOException or FormatException or ArgumentException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
Console.WriteLine($"{source}: trained on {training}; judged on {held}");
var options = new FieldVaeOptions
{
    Epochs = arguments.Number("--epochs", quick ? 2 : 20),
    Regulariser = arguments.Has("--mmd") ? FieldRegulariser.Mmd : FieldRegulariser.Kl,
    Seed = seed,
};
// Of very few patients none can be spared to choose the best epoch.
if (training.PatientCount < 6)
    options = options with { ValidationShare = 0 };

using var vae8 = Train(8);
using var vae2 = Train(2);
var (space8, space2) = (new VaeFieldSpace(vae8, training.Layout), new VaeFieldSpace(vae2, training.Layout));
var shrinkage = RandomSlopes.Fit(space8, training);

SampleArguments.PrintSettings(("data", source), ("epochs", options.Epochs), ("regulariser", options.Regulariser),
    ("learning rate", options.LearningRate), ("seed", seed));
var predictions = new PredictionTable(held);
var hasGaps = training.Fields.Concat(held.Fields).Any(field => field.Missing > 0);
if (predictions.Eyes.All(PredictionTable.IsPointwisePossible))
    predictions.Add("pointwise", new PlacewiseSpace(training.Layout));
else
    Console.WriteLine("Of some eyes the first three fields lack a place twice, so point-wise regression is left out.");
if (hasGaps)
{
    Console.WriteLine("Places are missing, which the VAE fills in and the linear model does not, so the pPCA is left out.");
}
else
{
    var pca8 = PcaFieldSpace.Fit(training, 8);
    predictions.Add("ppca8", pca8);
    predictions.Add("ppca2", PcaFieldSpace.Fit(training, 2));
    predictions.Add("shrinkage_ppca8", RandomSlopes.Fit(pca8, training).Forecast);
}
predictions.AddNoChange("no_change");
predictions.Add("vae2", space2);
predictions.Add("vae8", space8);
predictions.Add("shrinkage", shrinkage.Forecast);
predictions.Print();

var mean = new MeanSensitivitySpace(training.Layout);
var joint = ProgressionTest.Calibrate(space8, training);
var meanDeviation = ProgressionTest.Calibrate(mean, training);
var alarms = Progression(held, "");
// No order of visits plays a part in the VAE's training, so the test is exact in the eyes that it was trained on too.
if (!arguments.Has("--test"))
    alarms = Progression(new(training.Layout, [.. training.Eyes, .. held.Eyes]), "_all_eyes");
SampleResult.Print("false_alarms", alarms, "% of stable eyes, by the joint test after 5 visits", "F1");
SampleResult.PrintPeakMemory();

var sections = new List<ReportSection>();
if (held.Eyes.Where(PredictionTable.IsPointwisePossible).MinBy(eye => EyeRates.Of(mean, eye).Rates[0].Slope) is { } shown)
{
    var picture = Path.Combine(output, "fields.png");
    FieldMaps.Save(picture, shown, space8, shrinkage);
    sections.Add(SamplePage.Picture($"Eye {shown.Eye}", FieldMaps.Rows, picture));
}
sections.Add(new("Forecasts", new ReportTable(
    "Mean absolute error of fields predicted from the first three", predictions.Header(), predictions.Rows())));
SamplePage.Write(output, "Visual fields: rates, forecasts and progression", sections);
return 0;

Vae Train(int latentSize)
{
    var (vae, result) = FieldVae.Fit(training, options with { LatentSize = latentSize }, new ConsoleProgress());
    Console.WriteLine($"{latentSize} latent features: {result.Best}");
    return vae;
}

double Progression(FieldCohort eyes, string suffix)
{
    var table = new ProgressionTable(eyes, suffix);
    var alarms = table.Add("joint", eye => joint.Run(eye).IsProgressing);
    table.Add("mean_deviation", eye => meanDeviation.Run(eye).IsProgressing);
    table.Add("single_slopes", eye => joint.SingleSlopes(eye).IsProgressing);
    table.AddStudent("mean_deviation_t_test", mean);
    return alarms;
}

(FieldCohort Training, FieldCohort Held, string Source) Read()
{
    var layout = arguments.Has("--places") ? FieldLayout.Read(arguments.Text("--places", "")) : FieldLayout.TwentyFourTwo;
    var known = Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA") ?? "data", "visual-fields", "train.csv");
    var path = arguments.Text("--data", known);
    var isFile = arguments.Has("--data") || File.Exists(path);
    if (!isFile)
        Console.WriteLine($"There is no {known}, so eyes are simulated.");
    var all = isFile ? FieldCohort.Read(path, layout) : SimulatedCohort.Draw(quick ? 60 : 600, 8, seed);
    if (quick)
        all = new(all.Layout, [.. all.Eyes.Take(60)]);
    var (first, second) = arguments.Has("--test") ? (all, FieldCohort.Read(arguments.Text("--test", ""), layout))
        : all.Split(arguments.Number("--held", 20) / 100.0, seed);
    if (first.Eyes.Count(eye => eye.Count >= 3 && eye.Years.Distinct().Count() > 1) is var useful and < 10)
        throw new ArgumentException($"{useful} eyes have three fields of different times; the noise of test and retest needs ten");
    return (first, second, isFile ? Path.GetFileName(path) : "simulated eyes");
}
