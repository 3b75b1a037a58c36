using System.Diagnostics;
using System.Globalization;
using MathNet.Numerics.Statistics;
using TorchSharp;
using VaeToolkit.Samples;
using static TorchSharp.torch;

namespace VaeToolkit.Benchmarks.Peers;

/// <summary><c>pytorch_unet3d.py</c>'s loop with TorchSharp alone, as a .NET user would write it. It prints the same lines.</summary>
internal static class PlainVolumes
{
    private const double LearningRate = 4e-3;

    public static void Run(SampleArguments arguments)
    {
        set_num_threads(arguments.Number("--threads", 2));
        manual_seed(arguments.Number("--seed", 0, least: 0));
        var (edge, steps, batch) = (arguments.Number("--edge", 32), arguments.Number("--steps", 60), arguments.Number("--batch", 2));
        using var network = new PlainUNet(VolumeWorkload.Widths(arguments));
        var device = torch.device(arguments.Text("--device", "cpu"));
        network.to(device);
        using var optimizer = optim.Adam(network.parameters(), lr: LearningRate, weight_decay: 2e-4);
        using var volumes = randn([VolumeWorkload.Volumes, 1L, edge, edge, edge], device: device);
        using var labels = volumes.squeeze(1).gt(1).to(int64);
        var (seconds, losses) = (new List<double>(), new List<double>());
        for (var step = 0; step < steps; step++)
        {
            var clock = Stopwatch.StartNew();
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = LearningRate * Math.Max(0.01, 0.5 * (1 + Math.Cos(Math.PI * step / steps)));
            var rows = randperm(VolumeWorkload.Volumes, device: device)[..batch];
            var loss = DiceAndCrossEntropy(network.forward(volumes.index_select(0, rows)), labels.index_select(0, rows));
            optimizer.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(network.parameters(), 5);
            optimizer.step();
            losses.Add(loss.item<float>());
            seconds.Add(clock.Elapsed.TotalSeconds);
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"step: {seconds.Skip(VolumeWorkload.WarmUp).Median():F4} s, loss {losses[0]:F4} to "
                + $"{losses[^1]:F4}\npeak memory {PeakMemory.Megabytes():F0} MB"));
    }

    private static Tensor DiceAndCrossEntropy(Tensor output, Tensor labels)
    {
        var (logits, y) = (output.flatten(1), labels.flatten(1).to(float32));
        var p = logits.sigmoid();
        var dice = 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1);
        return dice + nn.functional.binary_cross_entropy_with_logits(logits, y);
    }
}
