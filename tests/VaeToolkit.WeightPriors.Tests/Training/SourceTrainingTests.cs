using System.Text;
using System.Text.Json.Nodes;
using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

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
        set.Snapshots.Select(s => (s.Network, s.Cycle, s.Seed))
            .Should().Equal((0, 0, 40), (0, 1, 40), (0, 2, 40), (1, 0, 41), (1, 1, 41), (1, 2, 41));
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
        FluentActions.Invoking(
            () => SourceTraining.Run(s_shape, _data, s_options, Path.Combine(_folder, "cut"), new StopAt(1, 3, source), source.Token))
            .Should().Throw<OperationCanceledException>();
        SnapshotSet.Open(Path.Combine(_folder, "cut")).Snapshots.Should().HaveCount(3);
        SourceTraining.Run(s_shape, _data, s_options, Path.Combine(_folder, "cut")).Snapshots.Should().HaveCount(6);
        SameBytes("whole", "cut").Should().BeTrue();
    }

    [Fact]
    public void A_volume_that_only_a_later_network_would_draw_is_refused_before_the_first_step()
    {
        var drawn = SourceTraining.Bootstrap(_data.Count, s_options.Training.Seed);
        var late = Enumerable.Range(0, _data.Count).Except(drawn).First();
        using var batch = _data.Take([.. Enumerable.Range(0, _data.Count)]);
        batch.Items[late, 0, 1, 1, 1] = float.NaN;
        using var bad = new SegmentationData(batch.Items, batch.Labels!);
        var steps = new StepCount();
        FluentActions.Invoking(() => SourceTraining.Run(s_shape, bad, s_options, _folder, steps))
            .Should().Throw<NonFiniteVolumeException>().Which.Volumes.Should().Equal($"volume {late}");
        steps.Count.Should().Be(0);
        File.Exists(Path.Combine(_folder, "manifest.json")).Should().BeFalse();
    }

    private sealed class StepCount : IProgress<(int, StepResult)>
    {
        public int Count { get; private set; }

        public void Report((int, StepResult) value) => Count++;
    }

    [Fact]
    public void First_cycles_can_be_discarded()
        => SourceTraining.Run(s_shape, _data, s_options with { DiscardFirstCycles = 1 }, _folder).Snapshots
            .Select(s => s.Cycle).Should().Equal(1, 2, 1, 2);

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
    public void A_run_goes_on_only_with_the_same_loss_augmentation_and_data()
    {
        var one = s_options with { Networks = 1 };
        SourceTraining.Run(s_shape, _data, one, _folder);
        Resuming(one, _data).Should().NotThrow();
        Resuming(one with { Loss = SegmentationLoss.Dice() }, _data)
            .Should().Throw<CheckpointException>()
            .WithMessage("*settings: loss is sum(1 Dice(smoothing 1); 1 cross-entropy), not Dice(smoothing 1); use*");
        Resuming(one with { Training = one.Training with { Augmentation = null } }, _data)
            .Should().Throw<CheckpointException>()
            .WithMessage("*settings: augmentation is *VolumeAugmentations.Intensity, not none; use*");
        Resuming(one with { Training = one.Training with { Augmentation = new Augmentation(new() { Noise = 0.5 }).Apply } }, _data)
            .Should().Throw<CheckpointException>().WithMessage("*not *Augmentation.Apply*\"noise\":*0.5*");
        Resuming(one with { Training = one.Training with { Steps = 9 } }, _data)
            .Should().Throw<CheckpointException>().WithMessage("*settings: training.steps is 6, not 9; use*");
        Resuming(one with { Training = one.Training with { LearningRate = 1e-5, GradientClip = 1, WeightPenalty = 0.5 } }, _data)
            .Should().Throw<CheckpointException>().WithMessage(
                "*settings: training.learning_rate is *, not 1E-05, training.gradient_clip is 5, not 1, "
                + "training.weight_penalty is *not 0.5; use*");
        using var batch = _data.Take([0, 1, 2, 3, 4, 5]);
        using var renamed = new SegmentationData(batch.Items, batch.Labels!, ["a", "b", "c", "d", "e", "f"]);
        Resuming(one, renamed).Should().Throw<CheckpointException>().WithMessage("*settings: data is *");
        batch.Labels![5, 0, 0, 0] = torch.tensor(1L);
        using var relabelled = new SegmentationData(batch.Items, batch.Labels!);
        Resuming(one, relabelled).Should().Throw<CheckpointException>().WithMessage("*settings: data is *");

        Action Resuming(SourceTrainingOptions options, SegmentationData data) => () => SourceTraining.Run(s_shape, data, options, _folder);
    }

    [Fact]
    public void A_run_does_not_go_on_beside_a_damaged_snapshot()
    {
        var one = s_options with { Networks = 1 };
        var file = Path.Combine(_folder, SourceTraining.Run(s_shape, _data, one, _folder).Snapshots[1].File);
        var whole = File.ReadAllBytes(file);
        foreach (var damaged in new[] { [], whole[..^1], new byte[whole.Length] })
        {
            File.WriteAllBytes(file, damaged);
            FluentActions.Invoking(() => SourceTraining.Run(s_shape, _data, one with { Networks = 2 }, _folder))
                .Should().Throw<CheckpointException>().WithMessage($"{file}: the snapshot is damaged: *");
        }
    }

    [Fact]
    public void A_run_with_mirror_images_goes_on_only_with_the_same_pairs_of_labels()
    {
        SourceTraining.Run(s_shape, _data, Mirrored(LabelSymmetry.Symmetric), _folder);
        JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "manifest.json")))!["augmentation"]!.GetValue<string>()
            .Should().Be("VaeToolkit.WeightPriors.VolumeAugmentations.FlipAndIntensity");
        FluentActions.Invoking(() => SourceTraining.Run(s_shape, _data, Mirrored(LabelSymmetry.Pairs((1, 2))), _folder))
            .Should().Throw<CheckpointException>().WithMessage("*FlipAndIntensity, not *FlipAndIntensity pairs 1 and 2; use*");

        static SourceTrainingOptions Mirrored(LabelSymmetry symmetry) => s_options with
        {
            Networks = 1,
            Training = s_options.Training with { Augmentation = symmetry.FlipAndIntensity },
        };
    }

    [Fact]
    public void A_manifest_that_an_editor_saved_with_a_byte_order_mark_is_opened()
    {
        SourceTraining.Run(s_shape, _data, s_options with { Networks = 1 }, _folder);
        var path = Path.Combine(_folder, "manifest.json");
        foreach (var encoding in new Encoding[] { new UTF8Encoding(true), new UnicodeEncoding(false, true) })
        {
            File.WriteAllText(path, File.ReadAllText(path), encoding);
            SnapshotSet.Open(_folder).Snapshots.Should().HaveCount(3);
        }
    }

    [Fact]
    public void A_manifest_of_version_1_is_opened_but_not_gone_on_with()
    {
        SourceTraining.Run(s_shape, _data, s_options with { Networks = 1 }, _folder);
        Change(manifest =>
        {
            manifest["format_version"] = 1;
            foreach (var later in new[] { "loss", "augmentation", "data" })
                manifest.Remove(later);
        });
        SnapshotSet.Open(_folder).Snapshots.Should().HaveCount(3);
        FluentActions.Invoking(() => SourceTraining.Run(s_shape, _data, s_options, _folder))
            .Should().Throw<CheckpointException>().WithMessage("*earlier version*");
    }

    [Fact]
    public void A_manifest_that_lacks_something_or_holds_options_out_of_range_is_refused()
    {
        SourceTraining.Run(s_shape, _data, s_options with { Networks = 1 }, _folder);
        var whole = File.ReadAllText(Path.Combine(_folder, "manifest.json"));
        Refused(manifest => manifest.Remove("network"), "*'network'*");
        Refused(manifest => manifest.Remove("snapshots"), "*'snapshots'*");
        Refused(manifest => manifest["snapshots"]![0]!.AsObject().Remove("file"), "*'file'*");
        Refused(manifest => manifest["snapshots"] = new JsonArray(), "*no snapshots*");
        Refused(manifest => manifest["snapshots"]![0] = null, "*no snapshots, or an empty one*");
        Refused(manifest => manifest["snapshots"]![0]!["file"] = "../other.safetensors", "*'../other.safetensors' is not in*");
        Refused(manifest => manifest["network"]!["widths"] = new JsonArray(4), "*Widths is [4]*");
        Refused(manifest => manifest["training"]!["learning_rate"] = -1, "*LearningRate*");
        Refused(manifest => manifest["network"]!["activation"] = -1, "*Activation must be one of LeakyReLU, ReLU*-1*");
        Refused(manifest => manifest["network"]!["normalisation"] = 99, "*Normalisation must be one of*99*");
        Refused(manifest => manifest["network"]!["skip"] = 7, "*Skip must be one of Add, *7*");
        Refused(manifest => manifest["network"]!["skip"] = "none", "*skip*");
        Refused(manifest => manifest.Remove("loss"), "*which loss*");
        Refused(manifest => manifest["format_version"] = 3, "*version is 3*1 to 2*");

        void Refused(Action<JsonObject> damage, string message)
        {
            Change(damage);
            FluentActions.Invoking(() => SnapshotSet.Open(_folder))
                .Should().Throw<CheckpointException>().WithMessage("*manifest.json" + message);
            File.WriteAllText(Path.Combine(_folder, "manifest.json"), whole);
        }
    }

    private void Change(Action<JsonObject> change)
    {
        var path = Path.Combine(_folder, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
    }

    [Fact]
    public void A_folder_of_other_settings_or_a_damaged_one_is_refused()
    {
        SourceTraining.Run(s_shape, _data, s_options with { Networks = 1 }, _folder);
        FluentActions.Invoking(() => SourceTraining.Run(s_shape with { Skip = SkipMode.Concatenate }, _data, s_options, _folder))
            .Should().Throw<CheckpointException>().WithMessage("*other settings: network.skip is Add, not Concatenate*");
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), "{ \"format_version\": 1,\n \"network\": 3 }");
        FluentActions.Invoking(() => SnapshotSet.Open(_folder)).Should().Throw<CheckpointException>().WithMessage("*manifest.json*line 2*");
        FluentActions.Invoking(() => SnapshotSet.Open(Path.Combine(_folder, "none")))
            .Should().Throw<CheckpointException>().WithMessage("*not there*");
    }

    private bool SameBytes(string a, string b)
    {
        var files = Directory.GetFiles(Path.Combine(_folder, a)).Select(Path.GetFileName).ToArray();
        return files.Length == 7 && files.All(
            f => File.ReadAllBytes(Path.Combine(_folder, a, f!)).SequenceEqual(File.ReadAllBytes(Path.Combine(_folder, b, f!))));
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
