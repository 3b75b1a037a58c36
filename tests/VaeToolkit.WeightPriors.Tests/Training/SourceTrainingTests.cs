using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors.Networks;
using VaeToolkit.WeightPriors.Training;

namespace VaeToolkit.WeightPriors.Tests.Training;

public sealed class SourceTrainingTests : IDisposable
{
    private static readonly UNet3dOptions s_shape = UNet3dOptions.Small with { Widths = [2, 4] };
    private static readonly SourceTrainingOptions s_options = new() { Networks = 2, Training = new() { Steps = 6, Cycles = 3, Seed = 40 } };
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"source-{Guid.NewGuid():N}");
    private readonly SegmentationData _data = Balls.Draw(6, seed: 1);

    public void Dispose()
    {
        _data.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Every_cycle_of_every_network_leaves_a_snapshot_and_a_rerun_leaves_the_same_bytes()
    {
        var set = SourceTraining.Run(s_shape, _data, s_options, Path.Combine(_folder, "a"));
        SourceTraining.Run(s_shape, _data, s_options, Path.Combine(_folder, "b"));
        set.Snapshots.Select(s => (s.Network, s.Cycle, s.Seed)).Should().Equal((0, 0, 40), (0, 1, 40), (0, 2, 40), (1, 0, 41), (1, 1, 41), (1, 2, 41));
        set.Snapshots.Should().OnlyContain(s => s.OutOfBagDice >= 0 && s.OutOfBagDice <= 1);
        SameBytes("a", "b").Should().BeTrue();
        using var best = set.Load(set.Best);
        best.Options.Widths.Should().Equal(2, 4);
        set.Best.Cycle.Should().Be(2);
    }

    [Fact]
    public void A_run_that_was_killed_goes_on_and_ends_with_identical_snapshots()
    {
        SourceTraining.Run(s_shape, _data, s_options, Path.Combine(_folder, "whole"));
        using var source = new CancellationTokenSource();
        FluentActions.Invoking(() => SourceTraining.Run(s_shape, _data, s_options, Path.Combine(_folder, "cut"), new StopAt(1, 3, source), source.Token))
            .Should().Throw<OperationCanceledException>();
        SnapshotSet.Open(Path.Combine(_folder, "cut")).Snapshots.Should().HaveCount(3);
        SourceTraining.Run(s_shape, _data, s_options, Path.Combine(_folder, "cut")).Snapshots.Should().HaveCount(6);
        SameBytes("whole", "cut").Should().BeTrue();
    }

    [Fact]
    public void First_cycles_can_be_discarded()
        => SourceTraining.Run(s_shape, _data, s_options with { DiscardFirstCycles = 1 }, _folder).Snapshots.Select(s => s.Cycle).Should().Equal(1, 2, 1, 2);

    [Fact]
    public void Bootstrap_samples_leave_out_about_a_third()
    {
        var sample = SourceTraining.Bootstrap(1000, 7);
        sample.Should().HaveCount(1000).And.OnlyContain(i => i >= 0 && i < 1000);
        sample.Should().Equal(SourceTraining.Bootstrap(1000, 7));
        sample.Should().NotEqual(SourceTraining.Bootstrap(1000, 8));
        (1000 - sample.Distinct().Count()).Should().BeInRange(320, 416, "1000/e = 368, with a standard deviation of about 10");
    }

    [Fact]
    public void A_folder_of_other_settings_or_a_damaged_one_is_refused()
    {
        SourceTraining.Run(s_shape, _data, s_options with { Networks = 1 }, _folder);
        FluentActions.Invoking(() => SourceTraining.Run(s_shape with { Skip = SkipMode.Concatenate }, _data, s_options, _folder))
            .Should().Throw<CheckpointException>().WithMessage("*other settings*");
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), "{ \"format_version\": 1,\n \"network\": 3 }");
        FluentActions.Invoking(() => SnapshotSet.Open(_folder)).Should().Throw<CheckpointException>().WithMessage("*manifest.json*line 2*");
        FluentActions.Invoking(() => SnapshotSet.Open(Path.Combine(_folder, "none"))).Should().Throw<CheckpointException>().WithMessage("*not there*");
    }

    private bool SameBytes(string a, string b)
    {
        var files = Directory.GetFiles(Path.Combine(_folder, a)).Select(Path.GetFileName).ToArray();
        return files.Length == 7 && files.All(f => File.ReadAllBytes(Path.Combine(_folder, a, f!)).SequenceEqual(File.ReadAllBytes(Path.Combine(_folder, b, f!))));
    }

    private sealed class StopAt(int network, int step, CancellationTokenSource source) : IProgress<(int Network, StepResult Step)>
    {
        public void Report((int Network, StepResult Step) value)
        {
            if (value.Network == network && value.Step.Index == step)
                source.Cancel();
        }
    }
}
