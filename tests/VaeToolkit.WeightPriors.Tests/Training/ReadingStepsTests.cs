using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Training;

/// <summary>Steps of networks that are read several at a time, as on a GPU, against those that are read one by one.</summary>
public sealed class ReadingStepsTests : IDisposable
{
    private static readonly UNet3dOptions s_small = UNet3dOptions.Small with { Widths = [2, 4] };

    // Readings after steps 7, 9 (a cycle's end), 16 and 18.
    private static readonly SegmentationTrainingOptions s_options = new()
    {
        Steps = 18,
        Cycles = 2,
        Seed = 3,
        StepsPerReading = 7,
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(2);
    private readonly SegmentationData _data = Balls.Draw(8, seed: 1);

    public void Dispose()
    {
        _data.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reading_seven_steps_together_changes_no_bit_and_no_order(bool bayesian)
    {
        var (each, weights, _) = Train(bayesian, s_options with { StepsPerReading = null }, _data);
        var (together, same, cycles) = Train(bayesian, s_options, _data);
        together.Should().HaveCount(18).And.Equal(each);
        same.Should().Equal(weights);
        cycles.Should().Equal([9, 18], "a cycle ends when all its steps have been told of");
    }

    [Fact]
    public void A_cancelled_run_tells_of_the_steps_that_it_has_taken()
    {
        // All eight volumes are looked at once, and two are taken a step.
        var each = Cancelled(null);
        each.Should().HaveCount(12);
        Cancelled(7).Should().Equal(each);

        string[] Cancelled(int? stepsPerReading)
        {
            using var stop = new CancellationTokenSource();
            var data = new Watched(_data) { Taken = taken => Stop(taken == 8 + 12) };
            return Train(bayesian: false, s_options with { StepsPerReading = stepsPerReading }, data, stop.Token).Steps;

            void Stop(bool now)
            {
                if (now)
                    stop.Cancel();
            }
        }
    }

    [Theory]
    [InlineData(null, 4)]
    [InlineData(50, 9)]
    public void A_loss_that_is_not_finite_stops_the_run_before_its_cycle_ends(int? stepsPerReading, int taken)
    {
        using var net = new UNet3d(s_small);
        var objective = new Spoilt(from: 4);
        var (told, cycles) = (new Told(), new List<int>());
        var run = () => SegmentationTraining.Run(
            net, objective, _data, null, s_options with { StepsPerReading = stepsPerReading }, cycles.Add, told);
        var failure = run.Should().Throw<NonFiniteLossException>().Which;
        (failure.Term, failure.Step).Should().Be(("data", 4));
        told.Steps.Should().HaveCount(4);
        cycles.Should().BeEmpty();
        objective.StepsTaken.Should().Be(taken);
    }

    [Fact]
    public void A_volume_that_is_spoilt_later_is_named_where_steps_are_read_one_by_one()
    {
        Failing(1).Should().Throw<NonFiniteVolumeException>().Which.Step.Should().Be(5);
        Failing(7).Should().Throw<NonFiniteLossException>().Which.Step.Should().Be(5);

        Action Failing(int stepsPerReading)
        {
            var data = new Watched(_data) { SpoiltFrom = 8 + 6 };
            return () => Train(bayesian: false, s_options with { StepsPerReading = stepsPerReading }, data);
        }
    }

    // On meta, where tensors have no numbers, any read ends the run.
    [Theory]
    [InlineData(null, 18)]
    [InlineData(7, 7)]
    [InlineData(1, 0)]
    public void No_number_is_read_between_readings(int? stepsPerReading, int taken)
    {
        using var net = new UNet3d(s_small).to(torch.META);
        var objective = new SizeOfWeights();
        var options = s_options with { Cycles = 1, StepsPerReading = stepsPerReading };
        FluentActions.Invoking(() => SegmentationTraining.Run(net, objective, _data, options: options)).Should().Throw<ExternalException>();
        objective.StepsTaken.Should().Be(taken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nor_is_one_read_for_the_divergence_of_weights(bool learned)
    {
        using var net = new BayesianUNet3d(s_small).to(torch.META);
        // Libtorch has no gradient of a clamp there either.
        using var kernels = new Vae(
            new MlpEncoder(27, 2, [5], new() { LogVariance = null }), new MlpDecoder(2, [5], ObservationModel.Gaussian(0.5, 27)),
            new StandardNormalPrior(2)).to(torch.META);
        KernelPrior prior = learned ? new VaeKernelPrior(kernels, scale: 0.1, adaptReverse: true) : new GaussianKernelPrior(27, 0.1);
        var objective = new Divergence(Objective(net, prior));
        var options = s_options with { Cycles = 1, StepsPerReading = null };
        FluentActions.Invoking(() => SegmentationTraining.Run(net, objective, _data, options: options)).Should().Throw<ExternalException>();
        objective.StepsTaken.Should().Be(18);
    }

    // Libtorch has no convolution on meta, so the code of whole steps is looked at.
    [Fact]
    public void A_step_of_a_network_reads_no_more_than_one_of_the_librarys_core()
    {
        using var net = new UNet3d(s_small).to(torch.META);
        FluentActions.Invoking(() => net.forward(torch.zeros([1, 1, 8, 8, 8], device: torch.META))).Should().Throw<ExternalException>();
        var step = TorchCalls.Method(typeof(TrainingLoop), "TakeUnreadStep");
        var core = new TorchCalls(typeof(TrainingLoop).Assembly);
        var both = new TorchCalls(typeof(TrainingLoop).Assembly, typeof(UNet3d).Assembly);
        both.Reads(step).Should().Equal(core.Reads(step));
        both.Reads(TorchCalls.Method(typeof(ForegroundDice), "OfBatch")).Should().Contain("ForegroundDice.OfBatch: cpu");
    }

    [Fact]
    public void Volumes_are_taken_and_changed_where_they_are()
    {
        var calls = new TorchCalls(typeof(UNet3d).Assembly, typeof(LabelSymmetry).Assembly);
        calls.Sends(TorchCalls.Method(typeof(SegmentationData), nameof(SegmentationData.Take))).Should().BeEmpty();
        calls.Sends(TorchCalls.Method(typeof(VolumeAugmentations), "Change")).Should().BeEmpty();
    }

    [Fact]
    public void Intensities_are_those_of_the_seeds_numbers_to_the_last_bit()
    {
        using var batch = _data.Take([4, 1, 1]);
        var random = SplitMix64.For(6, 0);
        var drawn = Enumerable.Range(0, 3).Select(_ => (random.Uniform(), 1 + random.Normal(0.1), random.Normal(0.1))).ToArray();
        var scales = torch.tensor([.. drawn.Select(numbers => (float)numbers.Item2)], torch.float32).reshape(3, 1, 1, 1, 1);
        var shifts = torch.tensor([.. drawn.Select(numbers => (float)numbers.Item3)], torch.float32).reshape(3, 1, 1, 1, 1);
        var (volumes, labels) = VolumeAugmentations.Intensity(batch.Items, batch.Labels!, seed: 6);
        volumes.Values().Should().Equal((batch.Items * scales + shifts).Values());
        labels.Values().Should().Equal(batch.Labels!.Values());
    }

    [Fact]
    public void Steps_that_are_read_together_are_at_least_one()
        => FluentActions.Invoking(() => Train(bayesian: false, s_options with { StepsPerReading = 0 }, _data))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("StepsPerReading must be at least 1*");

    // Every step as it was told, the weights, and how many had been told of when each cycle ended.
    private static (string[] Steps, double[] Weights, int[] Cycles) Train(
        bool bayesian, SegmentationTrainingOptions options, SegmentationSource data, CancellationToken token = default)
    {
        using var seed = SeedScope.Begin(9);
        using var net = new UNet3d(s_small);
        if (!bayesian)
            return Train(net, new SegmentationObjective(), options, data, token);
        using var twin = BayesianUNet3d.FromNetwork(net);
        return Train(twin, Objective(twin, new GaussianKernelPrior(27, 0.1)), options, data, token);
    }

    private static DeepWeightPriorObjective Objective(BayesianUNet3d net, KernelPrior prior)
    {
        var grouping = KernelGrouping.Custom(net.KernelLayers, _ => "all");
        var options = new DeepWeightPriorOptions { Volumes = 8, WarmUp = BetaWarmUp.OverSteps(5) };
        return new(new WeightPrior(grouping, new Dictionary<string, KernelPrior> { ["all"] = prior }), net, options);
    }

    private static (string[] Steps, double[] Weights, int[] Cycles) Train<TNetwork>(
        TNetwork net, NetworkObjective<TNetwork> objective, SegmentationTrainingOptions options, SegmentationSource data,
        CancellationToken token)
        where TNetwork : SegmentationNetwork
    {
        var (told, cycles) = (new Told(), new List<int>());
        var run = SegmentationTraining.Run(net, objective, data, null, options, _ => cycles.Add(told.Steps.Count), told, token);
        told.Steps.Should().Equal(run.Steps.Select(Told.Text));
        return ([.. told.Steps], [.. net.parameters().SelectMany(parameter => parameter.Values())], [.. cycles]);
    }

    private sealed class Told : IProgress<StepResult>
    {
        public List<string> Steps { get; } = [];

        // To the last bit.
        public static string Text(StepResult step) => FormattableString.Invariant($"{step.Index} {step.Loss:R} {step.GradientNorm:R} ")
            + string.Join(' ', step.Terms.Select(term => FormattableString.Invariant($"{term.Key} {term.Value:R}")));

        public void Report(StepResult value) => Steps.Add(Text(value));
    }

    /// <summary>Another source's volumes, whose takings are told of, and which hold NaN from one of them on.</summary>
    private sealed class Watched(SegmentationSource source) : SegmentationSource
    {
        private int _taken;

        public Action<int> Taken { get; init; } = _ => { };

        public int SpoiltFrom { get; init; } = int.MaxValue;

        public override int Count => source.Count;

        public override string NameOf(int index) => source.NameOf(index);

        public override Batch Take(IReadOnlyList<int> indices)
        {
            Taken(++_taken);
            var batch = source.Take(indices);
            if (_taken >= SpoiltFrom)
                batch.Items.fill_(float.NaN);
            return batch;
        }
    }

    /// <summary>A loss that is NaN from a step on.</summary>
    private sealed class Spoilt(long from) : NetworkObjective<UNet3d>
    {
        private readonly SegmentationObjective _plain = new();

        public override ObjectiveResult Compute(UNet3d model, Batch batch)
        {
            var loss = _plain.Compute(model, batch).Loss * (StepsTaken < from ? 1 : double.NaN);
            return new(loss, new ObjectiveTerm(DataTerm, loss));
        }
    }

    /// <summary>What an objective has beside the data's loss, for which it would have to convolve.</summary>
    private sealed class Divergence(DeepWeightPriorObjective whole) : NetworkObjective<BayesianUNet3d>
    {
        public override IEnumerable<TorchSharp.Modules.Parameter> OwnParameters => whole.OwnParameters;

        public override ObjectiveResult Compute(BayesianUNet3d model, Batch batch)
        {
            foreach (var (_, layer) in model.BayesianLayers)
                layer.ProjectLogVariance();
            var loss = whole.Divergences(model).Single().Kl;
            return new(loss, new ObjectiveTerm(DataTerm, loss));
        }
    }

    /// <summary>Half the sum of all squares, which meta has the operators for.</summary>
    private sealed class SizeOfWeights : NetworkObjective<UNet3d>
    {
        public override ObjectiveResult Compute(UNet3d model, Batch batch)
        {
            var loss = model.parameters().Select(parameter => parameter.square().sum()).Aggregate((sum, next) => sum + next) / 2;
            return new(loss, new ObjectiveTerm(DataTerm, loss));
        }
    }
}
