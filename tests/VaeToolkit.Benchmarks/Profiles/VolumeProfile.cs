using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;
using static TorchSharp.torch;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>Where the time of a step of <see cref="VolumeWorkload"/> goes.</summary>
internal static class VolumeProfile
{
    public static void Run(SampleArguments arguments)
    {
        var (batch, edge, widths) = (arguments.Number("--batch", 2), arguments.Number("--edge", 32), VolumeWorkload.Widths(arguments));
        using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var scope = NewDisposeScope();
        using var network = new UNet3d(new() { Widths = widths, BlocksPerLevel = 1, BottleneckBlocks = 1 });
        using var optimizer = Optimizers.Adam(network.parameters(), 1e-3);
        using var data = VolumeWorkload.Noise(edge);
        int[] chosen = [.. Enumerable.Range(0, batch)];
        using var volumes = data.Take(chosen);
        var objective = new SegmentationObjective();
        ProfileTable.Print(
            "volume", get_num_threads(),
            ("convolutions", PartClock.Alone(LayerWork.UNet(batch, edge, widths))),
            ("preparation", PartClock.Alone(() => data.Take(chosen).Dispose())),
            ("loss", PartClock.Alone(Loss(volumes))),
            ("adam", Adam(network, optimizer)),
            ("forward", PartClock.Alone(() =>
            {
                using var inner = NewDisposeScope();
                _ = network.forward(volumes.Items);
            })),
            ("forward_backward", PartClock.Alone(() =>
            {
                using var inner = NewDisposeScope();
                optimizer.zero_grad();
                objective.Compute(network, volumes).Loss.backward();
            })),
            ("step", Trained(network, objective, data, batch)));
    }

    // With its gradient.
    private static Action Loss(Batch volumes)
    {
        var (logits, loss) = (randn(volumes.Items.shape, requires_grad: true), SegmentationLoss.DiceBce());
        return () =>
        {
            using var inner = NewDisposeScope();
            loss.Compute(logits, volumes.Labels!).backward();
        };
    }

    private static double Adam(UNet3d network, optim.Optimizer optimizer)
    {
        Parameter[] parameters = [.. network.parameters()];
        foreach (var parameter in parameters)
            parameter.grad = zeros_like(parameter);
        var time = PartClock.Alone(() => optimizer.step());
        optimizer.zero_grad();
        return time;
    }

    private static double Trained(UNet3d network, SegmentationObjective objective, SegmentationData data, int batch)
    {
        using var steps = new TrainedSteps();
        SegmentationTraining.Run(network, objective, data, options: new()
        {
            Steps = 10_000,
            BatchSize = batch,
            Augmentation = null,
            StepsPerReading = 1,
        }, progress: steps, cancellationToken: steps.Enough);
        return steps.Milliseconds;
    }
}
