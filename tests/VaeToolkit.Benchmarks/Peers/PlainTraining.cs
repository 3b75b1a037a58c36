using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using VaeToolkit.Samples;
using static TorchSharp.torch;

namespace VaeToolkit.Benchmarks.Peers;

/// <summary>
/// <c>pytorch_vae.py</c>'s loop with TorchSharp alone, as a .NET user would write it: <c>nn.Sequential</c>, <c>optim.Adam</c>, one dispose
/// scope a step, no numbers read before the epoch ends. It prints the same lines.
/// </summary>
internal static class PlainTraining
{
    public static void Run(SampleArguments arguments)
    {
        set_num_threads(arguments.Number("--threads", 2));
        manual_seed(arguments.Number("--seed", 0, least: 0));
        using var data = TrainingWorkload.Images(arguments);
        using var all = Items(data);
        using var first = arguments.Number("--vamp", 0, least: 0) is > 0 and var components ? all[..components] : null;
        using var selected = all[..arguments.Number("--items", 60_000)];
        var convolutional = arguments.Has("--conv");
        using var shaped = convolutional ? nn.functional.pad(selected.reshape(-1, 1, 28, 28), [2, 2, 2, 2]) : selected.alias();
        var device = torch.device(arguments.Text("--device", "cpu"));
        using var images = shaped.to(device);
        using var vae = new PlainVae(convolutional, first);
        vae.to(device);
        Train(vae, images, arguments);
        if (arguments.Number("--nll", 0, least: 0) is > 0 and var tested)
        {
            using var loaded = Items(data.Test!.First(tested));
            using var test = loaded.to(device);
            PrintLikelihood(vae, test, arguments.Number("--nll-samples", 500), arguments.Number("--nll-chunk", 10));
        }
        EpochLine.PrintPeakMemory();
    }

    private static void Train(PlainVae vae, Tensor images, SampleArguments arguments)
    {
        var (batch, samples) = (arguments.Number("--batch", 100), arguments.Number("--importance", 1));
        using var optimizer = optim.Adam(vae.parameters(), lr: 5e-4);
        for (var epoch = 1; epoch <= arguments.Number("--epochs", 3); epoch++)
        {
            var clock = Stopwatch.StartNew();
            using var epochScope = NewDisposeScope();
            var (order, total) = (randperm(images.shape[0], device: images.device), zeros([], device: images.device));
            for (var start = 0L; start < images.shape[0]; start += batch)
            {
                using var step = NewDisposeScope();
                var rows = order[(int)start..(int)Math.Min(start + batch, images.shape[0])];
                var loss = -vae.Bound(images.index_select(0, rows), samples).mean();
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
                total.add_(loss.detach() * rows.shape[0]);
            }
            var bound = -total.item<float>() / images.shape[0];
            EpochLine.Print(epoch, clock.Elapsed.TotalSeconds, bound);
        }
    }

    private static void PrintLikelihood(PlainVae vae, Tensor images, int samples, int chunk)
    {
        var clock = Stopwatch.StartNew();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var rows = new List<Tensor>();
        foreach (var x in images.split(100))
        {
            using var batch = NewDisposeScope();
            var weights = cat([.. Enumerable.Range(0, samples / chunk).Select(_ => Weights(vae, x, chunk))]);
            rows.Add((Math.Log(samples) - weights.logsumexp(0)).MoveToOuterDisposeScope());
        }
        var nll = cat(rows);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"NLL {nll.mean().ToDouble():F3} nats over {nll.shape[0]} images, {samples} samples, "
                + $"{clock.Elapsed.TotalSeconds:F3} s"));
    }

    private static Tensor Weights(PlainVae vae, Tensor x, int chunk)
    {
        using var scope = NewDisposeScope();
        return vae.LogWeights(x, chunk).MoveToOuterDisposeScope();
    }

    private static Tensor Items(ImageData data)
    {
        using var scope = NewDisposeScope();
        return data.InOrder((int)data.Count).Select(batch => batch.Items.reshape(-1, 784)).Single().clone().MoveToOuterDisposeScope();
    }
}
