using System.Diagnostics;
using TorchSharp;
using VaeToolkit;
using VaeToolkit.Samples;
using VaeToolkit.VisualFields;

var cohort = FieldCohort.Read("/work/shared/data/visual-fields/train.csv");
torch.set_num_threads(1);
var a = args.Select(x => x.Split('=')).ToDictionary(x => x[0], x => x[1]);
string G(string k, string d) => a.GetValueOrDefault(k, d);
var seed = int.Parse(G("seed", "1"));
var (train, held) = cohort.Split(0.2, seed);
Console.WriteLine($"{cohort}; {train}; {held}");
var watch = Stopwatch.StartNew();
void Lap(string what) => Console.WriteLine($"  [{watch.Elapsed.TotalSeconds:F1} s] {what}");
double Mae(FieldCohort c, Func<FieldSeries, double, FieldForecast> f, int visit)
    => c.Eyes.Average(e => f(e.First(3), e.Fields[visit - 1].Years).MeanAbsoluteError(e.Fields[visit - 1]));
void Row(string name, FieldCohort c, Func<FieldSeries, double, FieldForecast> f)
    => Console.WriteLine($"{name,-26} {string.Join(" ", new[] { 4, 6, 8 }.Select(v => Mae(c, f, v).ToString("F3")))}");
void Test(string name, ProgressionTest test, FieldCohort c, int visits)
{
    var r = c.Eyes.Select(e => (e.IsProgressing, R: test.Run(e.First(visits)))).ToList();
    var st = r.Where(x => x.IsProgressing == false).ToList(); var pr = r.Where(x => x.IsProgressing == true).ToList();
    Console.WriteLine($"{name,-26} n{visits} found {pr.Average(x => x.R.IsProgressing ? 100.0 : 0):F1} false {st.Average(x => x.R.IsProgressing ? 100.0 : 0):F1}");
}
var pw = new PlacewiseSpace(cohort.Layout);
Row("pointwise", held, (e, t) => EyeRates.Of(pw, e).Forecast(t));
Row("no change", held, (e, t) => FieldForecastMean(e, t));
FieldForecast FieldForecastMean(FieldSeries e, double t) => new(t, [.. Enumerable.Range(0, 52).Select(k => e.Fields.Average(f => f.Sensitivities[k]))], false, 0);
void All(string name, FieldSpace s)
{
    Row(name, held, (e, t) => EyeRates.Of(s, e).Forecast(t));
    var rs = RandomSlopes.Fit(s, train); Lap("random slopes");
    Row(name + " shrunk", held, (e, t) => rs.Forecast(e, t));
    Row(name + " recon visit8->8", held, (e, t) => FieldForecast.X(e, t, s.Decode(s.Encode([e.Fields.Count == 3 ? cohort.Eyes.First(q => q.Eye == e.Eye).Fields.First(f => f.Years == t) : e.Fields[0]]))[0]));
    var test = ProgressionTest.Calibrate(s, train);
    foreach (var c in new[] { held, cohort }) foreach (var v in new[] { 5, 8 }) Test(name, test, c, v);
    Lap("tests");
}
if (G("pca", "1") == "1") {
All("pca8", PcaFieldSpace.Fit(train, 8));
All("pca2", PcaFieldSpace.Fit(train, 2));
All("pca4", PcaFieldSpace.Fit(train, 4));
All("md", new MeanSensitivitySpace(cohort.Layout));
}
foreach (var m in G("m", "8,2").Split(',').Select(int.Parse))
{
    var o = new FieldVaeOptions { LatentSize = m, Seed = seed, Epochs = int.Parse(G("epochs", "30")), LearningRate = double.Parse(G("lr", "2e-3")), Regulariser = Enum.Parse<FieldRegulariser>(G("reg", "Kl")), MmdWeight = double.Parse(G("w", "1")) };
    var (vae, result) = FieldVae.Fit(train, o); Lap($"trained {m}");
    foreach (var h in result.History.Where((h, i) => i % 5 == 4)) Console.WriteLine($"   {h}");
    Console.WriteLine($"best {result.Best}; {vae.Decoder}");
    All($"vae{m}", new VaeFieldSpace(vae, cohort.Layout));
}
