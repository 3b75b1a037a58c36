using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using VaeToolkit.Contract.Tests;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Networks;
using VaeToolkit.Onnx;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// Exported files of every family beside the models that they are of, as tables of Markdown: bytes, the largest difference over 1,000 items
/// (as a share of the value where that is above one), and the median milliseconds of a call with 1 and 100 items in TorchSharp and in ONNX
/// Runtime, by turns.
/// </summary>
internal static class OnnxWorkload
{
    private const int Items = 1_000;
    private const int Part = 100;

    // A pair of calls that is slow is made less often.
    private const double MostSeconds = 5;
    private const int FewestTurns = 11;

    public static void Run(SampleArguments arguments)
    {
        if (!arguments.Has("--speed"))
            OnnxDifferences.Print();
        if (arguments.Has("--differences"))
            return;
        Console.WriteLine();
        var turns = arguments.Number("--turns", 200);
        var folder = Directory.CreateTempSubdirectory("vaetoolkit-onnx-").FullName;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = arguments.Number("--threads", 2),
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        Console.WriteLine(
            "| network | bytes | largest difference | TorchSharp, 1 | ONNX Runtime, 1 | TorchSharp, 100 | ONNX Runtime, 100 |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        try
        {
            using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
            foreach (var family in OnnxFamily.All)
            {
                using var model = family.Make();
                Measure(family, model, folder, options, turns);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(OnnxFamily family, torch.nn.Module model, string folder, SessionOptions options, int turns)
    {
        using var mode = EvaluationMode.Enter(model);
        foreach (var network in OnnxNetwork.Of(model).Where(one => family.Networks.Count == 0 || family.Networks.Contains(one.Name)))
        {
            using var scope = torch.NewDisposeScope();
            var path = Path.Combine(folder, $"{network.Name}.onnx");
            ((IGraphModel)model).ExportGraph(network.Name, path);
            using var session = new InferenceSession(path, options);
            var inputs = Inputs(session, model);
            var difference = network.Draws ? ""
                : Difference(session, network, inputs).ToString("0.0e+0", CultureInfo.InvariantCulture);
            var times = new[] { 1, 100 }.SelectMany(batch => Times(session, network, Rows(inputs, 0, batch), turns));
            var numbers = string.Join(" | ", times.Select(time => time.ToString("F3", CultureInfo.InvariantCulture)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {family.Name}: {network.Name} | {new FileInfo(path).Length:N0} | {difference} | {numbers} |"));
        }
    }

    // What the file asks for, 1,000 rows of it.
    private static Dictionary<string, torch.Tensor> Inputs(InferenceSession session, torch.nn.Module model)
        => session.InputMetadata.ToDictionary(pair => pair.Key, pair =>
        {
            long[] shape = [Items, .. pair.Value.Dimensions.Skip(1)];
            return (pair.Key, model) switch
            {
                ("uniform", _) => (torch.arange(Items, torch.float32) + 0.5) / Items,
                ("x", Savae) => SurvivalEntries.Items(Place.Usual).repeat(Items, 1).narrow(0, 0, Items),
                ("x", _) => torch.rand(shape),
                ("y", _) => torch.nn.functional.one_hot(torch.arange(Items) % shape[1], shape[1]).to(torch.float32),
                ("t", Savae savae) => torch.tensor(savae.Treatments.Code(1), torch.float32).expand(shape),
                _ => torch.randn(shape),
            };
        });

    private static Dictionary<string, torch.Tensor> Rows(Dictionary<string, torch.Tensor> inputs, int first, int count)
        => inputs.ToDictionary(pair => pair.Key, pair => pair.Value.narrow(0, first, count).contiguous());

    // In parts: some likelihoods' means go over all levels of every pixel.
    private static double Difference(InferenceSession session, OnnxNetwork network, Dictionary<string, torch.Tensor> inputs)
        => Enumerable.Range(0, Items / Part).Max(part =>
        {
            using var scope = torch.NewDisposeScope();
            var rows = Rows(inputs, part * Part, Part);
            var theirs = torch.tensor(Call(session, network, Values(rows)));
            var ours = network.Answer(rows).reshape(-1);
            return ((ours - theirs).abs() / ours.abs().clamp_min(1)).max().ToDouble();
        });

    // TorchSharp's median and ONNX Runtime's, milliseconds.
    private static double[] Times(InferenceSession session, OnnxNetwork network, Dictionary<string, torch.Tensor> rows, int turns)
    {
        var values = Values(rows);
        var (ours, theirs) = (new List<double>(), new List<double>());
        // The first ones warm up.
        Turn(Math.Max(FewestTurns, turns) / 4, MostSeconds / 4);
        ours.Clear();
        theirs.Clear();
        Turn(turns, MostSeconds);
        return [Median(ours), Median(theirs)];

        void Turn(int most, double seconds)
        {
            var clock = Stopwatch.StartNew();
            for (var turn = 0; turn < most && (turn < FewestTurns || clock.Elapsed.TotalSeconds < seconds); turn++)
            {
                var start = Stopwatch.GetTimestamp();
                using (torch.NewDisposeScope())
                    _ = Numbers(network.Answer(rows)).Length;
                var middle = Stopwatch.GetTimestamp();
                _ = Call(session, network, values).Length;
                ours.Add(Stopwatch.GetElapsedTime(start, middle).TotalMilliseconds);
                theirs.Add(Stopwatch.GetElapsedTime(middle).TotalMilliseconds);
            }
        }
    }

    private static Dictionary<string, OrtValue> Values(Dictionary<string, torch.Tensor> inputs)
        => inputs.ToDictionary(pair => pair.Key, pair => OrtValue.CreateTensorValueFromMemory(Numbers(pair.Value), pair.Value.shape));

    private static float[] Call(InferenceSession session, OnnxNetwork network, Dictionary<string, OrtValue> inputs)
    {
        using var options = new RunOptions();
        using var results = session.Run(options, inputs, [network.Output]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static float[] Numbers(torch.Tensor tensor) => tensor.contiguous().data<float>().ToArray();

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
