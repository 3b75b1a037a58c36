using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Training;

/// <summary>Volumes prepared on a thread of its own against those that each step prepares for itself.</summary>
public sealed class PreparedVolumesTests : IDisposable
{
    private static readonly SegmentationTrainingOptions s_options = new()
    {
        Steps = 12,
        BatchSize = 3,
        Seed = 3,
        Augmentation = LabelSymmetry.Symmetric.FlipAndIntensity,
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SegmentationData _data = Balls.Draw(8, seed: 1);

    public void Dispose()
    {
        _data.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Training_on_volumes_prepared_ahead_is_the_same_to_the_last_bit()
    {
        var (each, ahead) = (new Threads(_data), new Threads(_data));
        var expected = Train(each, s_options with { PrepareAhead = false });
        Train(ahead, s_options with { PrepareAhead = true }).Should().Equal(expected);
        // All volumes are looked at once before the first step, on the caller's thread.
        each.Takers.Should().OnlyContain(thread => thread == Environment.CurrentManagedThreadId);
        ahead.Takers[^12..].Should().OnlyContain(thread => thread != Environment.CurrentManagedThreadId);
        ahead.Indices.Should().Equal(each.Indices);
    }

    // Gradients of convolutions are added up in any order there: what comes of the same volumes is close, and of others not.
    [CudaFact]
    [Trait("Category", "Cuda")]
    public void On_a_GPU_training_on_volumes_prepared_ahead_is_the_same_to_rounding()
    {
        var expected = Train(_data, s_options with { PrepareAhead = false }, "cuda");
        Train(_data, s_options with { PrepareAhead = true }, "cuda").Zip(expected)
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-3 * pair.Second);
    }

    [Fact]
    public void Nothing_is_left_of_what_a_cancelled_run_has_prepared()
    {
        using var stop = new CancellationTokenSource();
        var options = s_options with { PrepareAhead = true };
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        Train(_data, options, net);
        var before = Reference.LiveTensors();
        Train(_data, options, net, new Stop(stop), stop.Token).Should().HaveCount(1);
        torch.Tensor.TotalCount.Should().BeLessThanOrEqualTo(before);
    }

    [Fact]
    public void A_source_that_fails_ends_the_run_with_its_own_exception()
    {
        var failing = new Threads(_data) { FailsAfter = 8 + 4 };
        FluentActions.Invoking(() => Train(failing, s_options with { PrepareAhead = true })).Should().Throw<IOException>();
    }

    private static double[] Train(SegmentationSource data, SegmentationTrainingOptions options, string device = "cpu")
    {
        using var seed = SeedScope.Begin(9);
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        net.to(device);
        return Train(data, options, net);
    }

    private static double[] Train(
        SegmentationSource data, SegmentationTrainingOptions options, UNet3d net, IProgress<StepResult>? progress = null,
        CancellationToken token = default)
    {
        var run = SegmentationTraining.Run(
            net, new SegmentationObjective(), data, options: options, progress: progress, cancellationToken: token);
        return [.. run.Steps.Select(step => step.Loss)];
    }

    /// <summary>Another source's volumes, with who took which.</summary>
    private sealed class Threads(SegmentationSource source) : SegmentationSource
    {
        public int FailsAfter { get; init; } = int.MaxValue;

        public List<int> Takers { get; } = [];

        public List<int> Indices { get; } = [];

        public override int Count => source.Count;

        public override string NameOf(int index) => source.NameOf(index);

        public override Batch Take(IReadOnlyList<int> indices)
        {
            if (Takers.Count == FailsAfter)
                throw new IOException("the disk is gone");
            Takers.Add(Environment.CurrentManagedThreadId);
            Indices.AddRange(indices);
            return source.Take(indices);
        }
    }

    private sealed class Stop(CancellationTokenSource source) : IProgress<StepResult>
    {
        public void Report(StepResult value) => source.Cancel();
    }
}
