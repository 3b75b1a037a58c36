using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Training;

public sealed class SegmentationTrainingTests : IDisposable
{
    private static readonly SegmentationTrainingOptions s_options = new() { Steps = 60, LearningRate = 0.01, Seed = 3 };
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(2);
    private readonly SegmentationData _data = Balls.Draw(8, seed: 1);

    public void Dispose()
    {
        _data.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void A_network_learns_balls_and_a_run_repeats_bit_for_bit()
    {
        using var test = Balls.Draw(6, seed: 2);
        var (first, weights, dice) = Train(test);
        var (second, again, _) = Train(test);
        dice.Should().BeGreaterThan(0.85);
        second.Should().Equal(first);
        again.Should().Equal(weights);
    }

    private (double[] Losses, double[] Weights, double Dice) Train(SegmentationData test)
    {
        using var seed = SeedScope.Begin(9);
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [4, 8] });
        var run = SegmentationTraining.Run(net, new SegmentationObjective(), _data, options: s_options);
        run.Reason.Should().Be(StopReason.Completed);
        run.Warnings().Should().BeEmpty();
        var dice = ForegroundDice.Of(net, test, [0, 1, 2, 3, 4, 5], new(), default).Average();
        return ([.. run.Steps.Select(s => s.Loss)], net.state_dict()["downs.0.0.c1.conv.weight"].Values(), dice);
    }

    [Fact]
    public void Nothing_grows_over_a_hundred_steps()
    {
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        SegmentationTraining.Run(net, new SegmentationObjective(), _data, options: s_options with { Steps = 2 });
        var before = Reference.LiveTensors();
        SegmentationTraining.Run(net, new SegmentationObjective(), _data, options: s_options with { Steps = 100 });
        torch.Tensor.TotalCount.Should().BeLessThanOrEqualTo(before);
    }

    [Fact]
    public void A_volume_with_NaN_stops_training_by_name_and_leaves_the_weights()
    {
        using var batch = _data.Take([0, 1, 2]);
        batch.Items.narrow(0, 1, 1).fill_(float.NaN);
        using var bad = new SegmentationData(batch.Items, batch.Labels!, ["anna", "bert", "carl"]);
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        var before = net.state_dict()["init.weight"].Values();
        FluentActions.Invoking(() => SegmentationTraining.Run(net, new SegmentationObjective(), bad, [1], s_options))
            .Should().Throw<NonFiniteVolumeException>()
            .WithMessage("'bert' holds NaN or infinite values; mask or replace them first").Which.Volumes.Should().Equal("bert");
        net.state_dict()["init.weight"].Values().Should().Equal(before);
    }

    [Fact]
    public void A_volume_that_only_a_later_step_would_take_is_refused_before_the_first_step()
    {
        using var batch = _data.Take([0, 1, 2]);
        batch.Items.narrow(0, 2, 1).fill_(float.PositiveInfinity);
        using var bad = new SegmentationData(batch.Items, batch.Labels!, ["anna", "bert", "carl"]);
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        var objective = new SegmentationObjective();
        for (var seed = 0; seed < 3; seed++)
        {
            FluentActions.Invoking(
                () => SegmentationTraining.Run(net, objective, bad, options: s_options with { Steps = 9, BatchSize = 1, Seed = seed }))
                .Should().Throw<NonFiniteVolumeException>().Which.Volumes.Should().Equal("carl");
            objective.StepsTaken.Should().Be(0);
        }
    }

    [Theory]
    [InlineData(1, 2, "*'bert' has the label 2*Classes = 1 takes 0 to 1*Classes = 3*")]
    [InlineData(2, 2, "*'bert' has the label 2*Classes = 2 takes 0 to 1*Classes = 3*")]
    [InlineData(3, -1, "*'bert' has the label -1*Classes = 3 takes 0 to 2*a class for each")]
    public void A_label_for_which_there_is_no_class_is_refused_by_name(long classes, int label, string message)
    {
        using var batch = _data.Take([0, 1, 2]);
        batch.Labels!.narrow(0, 1, 1).narrow(1, 0, 1).fill_(label);
        using var bad = new SegmentationData(batch.Items, batch.Labels!, ["anna", "bert", "carl"]);
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4], Classes = classes });
        var training = (int[] volumes) =>
            SegmentationTraining.Run(net, new SegmentationObjective(), bad, volumes, s_options with { Steps = 2 });
        training.Invoking(run => run([0, 1, 2])).Should().Throw<ArgumentException>().WithMessage(message);
        training([0, 2]).Reason.Should().Be(StopReason.Completed);
    }

    [Fact]
    public void Three_labels_train_a_network_of_three_classes()
    {
        using var batch = _data.Take([0, 1, 2]);
        batch.Labels!.narrow(0, 1, 1).mul_(2);
        using var data = new SegmentationData(batch.Items, batch.Labels!);
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4], Classes = 3 });
        SegmentationTraining.Run(net, new SegmentationObjective(), data, options: s_options with { Steps = 2 }).Steps
            .Should().OnlyContain(step => double.IsFinite(step.Loss));
    }

    [Fact]
    public void Volumes_of_float64_stay_so_and_are_trained_on_in_the_networks_type()
    {
        using var batch = _data.Take([0, 1, 2]);
        var wide = batch.Items.to(torch.float64) / 3;
        using var data = new SegmentationData(wide, batch.Labels!);
        using (var taken = data.Take([1]))
            taken.Items.Values().Should().Equal(wide[1].unsqueeze(0).Values());
        foreach (var type in new[] { torch.float32, torch.float64 })
        {
            using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
            net.to(type);
            SegmentationTraining.Run(net, new SegmentationObjective(), data, options: s_options with { Steps = 2 }).Steps
                .Should().OnlyContain(step => double.IsFinite(step.Loss));
        }
        using var halves = new SegmentationData(batch.Items.to(torch.float16), batch.Labels!);
        using var half = halves.Take([0]);
        half.Items.dtype.Should().Be(torch.float32);
    }

    [Fact]
    public void Frozen_parameters_are_left_alone_bit_for_bit_and_the_others_move()
    {
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        net.get_parameter("init.weight")!.requires_grad_(false);
        var before = net.state_dict().ToDictionary(p => p.Key, p => p.Value.Values());
        SegmentationTraining.Run(net, new SegmentationObjective(), _data, options: s_options with { Steps = 3 });
        net.state_dict()["init.weight"].Values().Should().Equal(before["init.weight"]);
        net.state_dict()["ups.0.c1.conv.weight"].Values().Should().NotEqual(before["ups.0.c1.conv.weight"]);
    }

    [Fact]
    public void The_penalty_is_c_times_the_sum_of_squares()
    {
        // Adam's first step is the rate times the sign of the gradient: with a penalty that
        // outweighs the loss every weight moves towards 0.
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        var before = net.state_dict()["init.weight"].Values();
        SegmentationTraining.Run(net, new SegmentationObjective(), _data,
            options: s_options with { Steps = 1, WeightPenalty = 1e4, LearningRate = 1e-3, GradientClip = 1e9 });
        var after = net.state_dict()["init.weight"].Values();
        before.Zip(after).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second - 1e-3 * Math.Sign(pair.First)) < 1e-5);
    }

    [Fact]
    public void Cycles_end_on_time_progress_is_told_and_a_cancelled_run_returns_what_it_did()
    {
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        var cycles = new List<int>();
        using var source = new CancellationTokenSource();
        var run = SegmentationTraining.Run(
            net, new SegmentationObjective(), _data, options: s_options with { Steps = 9, Cycles = 3 }, cycleEnded: cycles.Add,
            progress: new StopAt(7, source), cancellationToken: source.Token);
        run.Reason.Should().Be(StopReason.Cancelled);
        run.Steps.Should().HaveCount(7);
        cycles.Should().Equal(0, 1);
    }

    [Fact]
    public void A_loss_that_does_not_fall_is_warned_of()
    {
        var flat = Enumerable.Range(0, 40)
            .Select(i => new StepResult(i, 1, null, new Dictionary<string, double> { ["data"] = 1.0 - 0.001 * i }));
        new SegmentationRun(StopReason.Completed, [.. flat]).Warnings()
            .Should().ContainSingle().Which.Should().Contain("nothing is learned");
    }

    [Fact]
    public void Every_pass_takes_every_volume_once_and_batches_are_full()
    {
        var order = new VolumeOrder([3, 5, 7], batchSize: 2, seed: 1);
        var taken = Enumerable.Range(0, 6).SelectMany(step => order.At(step)).ToArray();
        taken.Chunk(3).Should().OnlyContain(pass => pass.Order().SequenceEqual(new[] { 3, 5, 7 }));
        new VolumeOrder([3, 5, 7], 2, 2).At(0).Concat(new VolumeOrder([3, 5, 7], 2, 2).At(1)).Should().HaveCount(4);
    }

    [Fact]
    public void Augmentation_flips_labels_with_volumes_and_is_a_function_of_the_seed()
    {
        using var batch = _data.Take([0, 1, 2, 3, 4, 5, 6, 7]);
        VolumeAugmentation augmentation = LabelSymmetry.Symmetric.FlipAndIntensity;
        var (volumes, labels) = augmentation(batch.Items, batch.Labels!, 5);
        var (same, _) = augmentation(batch.Items, batch.Labels!, 5);
        same.Values().Should().Equal(volumes.Values());
        var flipped = Enumerable.Range(0, 8).Count(i => !labels[i].eq(batch.Labels![i]).all().ToBoolean());
        flipped.Should().BeInRange(1, 7);
        for (var i = 0; i < 8; i++)
        {
            // The ball stays brighter than the rest by the scale, which is near 1, so labels still fit.
            var mask = labels[i].to(torch.@bool);
            var contrast = volumes[i, 0].masked_select(mask).mean().ToDouble()
                - volumes[i, 0].masked_select(mask.logical_not()).mean().ToDouble();
            contrast.Should().BeInRange(0.5, 1.5);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var net = new UNet3d(UNet3dOptions.Small);
        FluentActions.Invoking(() => SegmentationTraining.Run(net, new SegmentationObjective(), _data, []))
            .Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => SegmentationTraining.Run(net, new SegmentationObjective(), _data, options: new() { LearningRate = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => _data.Take([8])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 7*");
        FluentActions.Invoking(() => new SegmentationData(torch.zeros([2L, 1, 4, 4, 4]), torch.zeros([2L, 4, 4, 5], dtype: torch.int64)))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 4, 4, 5]*");
        FluentActions.Invoking(() => new SegmentationData(torch.zeros([2L, 1, 4, 4, 4]), torch.zeros([2L, 4, 4, 4])))
            .Should().Throw<ArgumentException>().WithMessage("*integers*");
    }

    private sealed class StopAt(int step, CancellationTokenSource source) : IProgress<StepResult>
    {
        public void Report(StepResult value)
        {
            if (value.Index + 1 == step)
                source.Cancel();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_libtorch_says_of_an_augmentation_is_one_line(bool ahead)
    {
        using var net = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        var options = s_options with
        {
            Steps = 2,
            PrepareAhead = ahead,
            Augmentation = (volumes, labels, _) => (volumes.reshape(7), labels),
        };
        FluentActions.Invoking(() => SegmentationTraining.Run(net, new SegmentationObjective(), _data, options: options))
            .Should().Throw<InvalidOperationException>().WithMessage("the augmentation on [*] float32 on cpu fails: *")
            .Which.Message.Should().NotContain("\n").And.NotContain("Exception raised from");
    }
}
