using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using VaeToolkit.Onnx;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// Exported files beside the models that they are of: bytes, the largest difference over 1,000 items (as a share of the value where that is
/// above one), and the median milliseconds of a call with 1 and 100 items in TorchSharp and in ONNX Runtime, by turns.
/// </summary>
internal static class OnnxWorkload
{
    private const int Items = 1_000;
    private static readonly long[] s_picture = [1, 28, 28];

    public static void Run(SampleArguments arguments)
    {
        OnnxDifferences.Print();
        if (arguments.Has("--differences"))
            return;
        Console.WriteLine();
        var turns = arguments.Number("--turns", 200);
        var folder = Directory.CreateTempSubdirectory("vaetoolkit-onnx-").FullName;
        using var options = new SessionOptions { IntraOpNumThreads = arguments.Number("--threads", 2) };
        Console.WriteLine(
            "| network | bytes | largest difference | TorchSharp, 1 | ONNX Runtime, 1 | TorchSharp, 100 | ONNX Runtime, 100 |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        try
        {
            using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
            foreach (var (name, make) in Models())
            {
                using var vae = make();
                Measure(name, vae, folder, options, turns);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<(string, Func<Vae>)> Models() =>
    [
        ("MLP", () => Mlp(_ => new StandardNormalPrior(40))),
        ("convolutional", () => new Vae(
            new ConvEncoder(s_picture, 40), new ConvDecoder(40, ObservationModel.Bernoulli(s_picture)), new StandardNormalPrior(40))),
        ("MLP, mixture of 100", () => Mlp(_ => new MixtureOfGaussiansPrior(40, 100))),
        ("MLP, VampPrior of 500", () => Mlp(encoder => new VampPrior(encoder, [784], 500))),
        ("MLP, RealNVP", () => Mlp(_ => new RealNvpPrior(40))),
    ];

    private static Vae Mlp(Func<Encoder, Prior> prior)
    {
        var encoder = new MlpEncoder(784, 40, [300, 300]);
        return new(encoder, new MlpDecoder(40, [300, 300], ObservationModel.Bernoulli(784)), prior(encoder));
    }

    private static void Measure(string name, Vae vae, string folder, SessionOptions options, int turns)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = EvaluationMode.Enter(vae);
        var x = torch.rand([Items, .. vae.ItemShape]);
        var z = torch.randn(Items, vae.LatentSize);
        if (vae.Prior is StandardNormalPrior)
        {
            Row("encoder", rows => vae.Encode(rows).Mean, x);
            Row("decoder", rows => vae.Decode(rows).Mean, z);
        }
        Row("sampler", null, z);

        void Row(string network, Func<torch.Tensor, torch.Tensor>? compute, torch.Tensor input)
        {
            var path = Path.Combine(folder, $"{network}.onnx");
            vae.ExportGraph(network, path);
            using var session = new InferenceSession(path, options);
            var difference = compute is null ? ""
                : Difference(session, compute, input).ToString("0.0e+0", CultureInfo.InvariantCulture);
            var times = new[] { 1, 100 }.SelectMany(batch => Times(vae, session, compute, input, batch, turns));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {name}: {network} | {new FileInfo(path).Length:N0} | {difference} | {string.Join(
                    " | ", times.Select(time => time.ToString("F3", CultureInfo.InvariantCulture)))} |"));
        }
    }

    private static double Difference(InferenceSession session, Func<torch.Tensor, torch.Tensor> compute, torch.Tensor input)
    {
        var theirs = torch.tensor(Call(session, Inputs(session, input, Items)));
        var ours = compute(input).reshape(-1);
        return ((ours - theirs).abs() / ours.abs().clamp_min(1)).max().ToDouble();
    }

    // TorchSharp's median and ONNX Runtime's, milliseconds.
    private static double[] Times(
        Vae vae, InferenceSession session, Func<torch.Tensor, torch.Tensor>? compute, torch.Tensor input, int batch, int turns)
    {
        var rows = input.narrow(0, 0, batch).contiguous();
        var inputs = Inputs(session, input, batch);
        var (ours, theirs) = (new double[turns], new double[turns]);
        for (var turn = -turns / 4; turn < turns; turn++)
        {
            var start = Stopwatch.GetTimestamp();
            using (torch.NewDisposeScope())
                _ = (compute is null ? vae.Decode(vae.SampleLatents(batch)).Mean : compute(rows)).Values().Length;
            var middle = Stopwatch.GetTimestamp();
            _ = Call(session, inputs).Length;
            if (turn < 0)
                continue;
            ours[turn] = Stopwatch.GetElapsedTime(start, middle).TotalMilliseconds;
            theirs[turn] = Stopwatch.GetElapsedTime(middle).TotalMilliseconds;
        }
        return [Median(ours), Median(theirs)];
    }

    private static Dictionary<string, OrtValue> Inputs(InferenceSession session, torch.Tensor input, int batch)
        => session.InputNames.ToDictionary(name => name, name => name == "uniform"
            ? OrtValue.CreateTensorValueFromMemory(Enumerable.Range(0, batch).Select(i => (i + 0.5f) / batch).ToArray(), [batch])
            : OrtValue.CreateTensorValueFromMemory(input.narrow(0, 0, batch).contiguous().Values(), [batch, .. input.shape[1..]]));

    private static float[] Call(InferenceSession session, Dictionary<string, OrtValue> inputs)
    {
        using var options = new RunOptions();
        using var results = session.Run(options, inputs, ["mean"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static float[] Values(this torch.Tensor tensor) => tensor.data<float>().ToArray();

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
