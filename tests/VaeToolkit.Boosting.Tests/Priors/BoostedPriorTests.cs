using System.Text.Json.Nodes;
using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Priors;

public sealed class BoostedPriorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(17);
    private readonly string _folder = Directory.CreateTempSubdirectory("vaetoolkit-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Weights_sum_to_one_in_every_task_and_the_whole_is_the_mean_of_the_tasks()
    {
        using var vae = Model();
        var prior = Grown(vae, tasks: 2, components: 3);
        prior.TaskCount.Should().Be(2);
        prior.ComponentCount.Should().Be(6);
        prior.WeightsOf(0).Should().Equal(1.0 / 3, 1.0 / 3, 1.0 / 3);
        prior.WeightsOf(1).Sum().Should().BeApproximately(1, 1e-9);
        vae.eval();
        var z = torch.randn([7L, 2L]);
        var tasks = Enumerable.Range(0, 2).Select(task => TaskDensity(vae, prior, task, z)).ToArray();
        prior.LogProb(z).Values().Should().Equal(Enumerable.Range(0, 7)
            .Select(i => Math.Log((Math.Exp(tasks[0][i]) + Math.Exp(tasks[1][i])) / 2)), (one, other) => Math.Abs(one - other) < 1e-5);
        vae.train();
        prior.LogProb(z).Values().Should().Equal(tasks[1], (one, other) => Math.Abs(one - other) < 1e-5);
    }

    [Fact]
    public void Boosting_brings_the_mixture_nearer_to_the_optimal_prior_of_a_fixed_encoder()
    {
        using var vae = Model();
        var prior = (BoostedPrior)vae.Prior;
        var subset = Items(0, 200);
        using var target = new OptimalPrior(vae.Encoder, subset);
        var points = target.Sample(4000);
        var divergences = new List<double>();
        prior.BeginTask(subset);
        for (var k = 1; k <= 6; k++)
        {
            if (k > 1)
                prior.AddComponent(subset).Accepted.Should().BeTrue();
            divergences.Add((target.LogDensity(points) - prior.LogProb(points)).mean().ToDouble());
        }
        divergences[^1].Should().BeLessThan(divergences[0] * 0.9);
        prior.Prune(subset);
        (target.LogDensity(points) - prior.LogProb(points)).mean().ToDouble().Should().BeLessThanOrEqualTo(
            divergences[^1] + 0.01, "weights of maximum likelihood are no worse on fresh samples but for noise");
        prior.WeightsOf(0).Sum().Should().BeApproximately(1, 1e-9);
    }

    [Fact]
    public void A_model_in_double_precision_grows_prunes_and_ends_its_task()
    {
        using var vae = Model(steps: 10).to(torch.float64);
        var prior = (BoostedPrior)vae.Prior;
        var subset = Items(0, 50).to(torch.float64);
        prior.BeginTask(subset);
        prior.AddComponent(subset).Accepted.Should().BeTrue();
        prior.Prune(subset);
        prior.EndTask();
        prior.WeightsOf(0).Sum().Should().BeApproximately(1, 1e-12);
        prior.PseudoInputsOf(0).dtype.Should().Be(torch.float64);
        prior.LogProb(torch.randn([3L, 2L], dtype: torch.float64)).dtype.Should().Be(torch.float64);
        prior.Sample(4).dtype.Should().Be(torch.float64);
    }

    [Fact]
    public void A_new_component_s_objective_beats_a_random_pseudo_input_s()
    {
        using var vae = Model();
        var prior = (BoostedPrior)vae.Prior;
        var subset = Items(0, 100);
        prior.BeginTask(subset);
        using var seed = SeedScope.Begin(5);
        var trained = prior.AddComponent(subset).Objective;
        using var other = Model(steps: 1);
        ((BoostedPrior)other.Prior).BeginTask(subset);
        Copy(vae, other);
        using var again = SeedScope.Begin(5);
        ((BoostedPrior)other.Prior).AddComponent(subset).Objective.Should().BeLessThan(trained);
    }

    [Fact]
    public void Pruning_keeps_the_order_and_the_other_tasks()
    {
        using var vae = Model(share: 0.9, maximum: 4);
        var prior = Grown(vae, tasks: 1, components: 4);
        var first = prior.PseudoInputsOf(0).Values();
        var subset = Items(1, 100);
        prior.BeginTask(subset);
        for (var k = 1; k < 4; k++)
            prior.AddComponent(subset);
        var before = prior.PseudoInputsOf(1).Values().Chunk(6).Select(row => string.Join(',', row)).ToArray();
        var gone = prior.Prune(subset);
        gone.Should().BeGreaterThan(0);
        var after = prior.PseudoInputsOf(1).Values().Chunk(6).Select(row => string.Join(',', row)).ToArray();
        after.Should().HaveCount(4 - gone).And.BeSubsetOf(before);
        after.Should().Equal(before.Where(after.Contains), "the order stays");
        prior.PseudoInputsOf(0).Values().Should().Equal(first);
        prior.WeightsOf(1).Sum().Should().BeApproximately(1, 1e-9);
    }

    [Fact]
    public void Stored_components_are_the_encoder_s_right_after_a_task_and_stay_when_it_changes()
    {
        using var vae = Model();
        var prior = Grown(vae, tasks: 1, components: 2);
        using var mode = torch.no_grad();
        var encoded = vae.Encode(prior.PseudoInputsOf(0)).Mean.Values();
        prior.get_buffer("means")!.Values().Should().Equal(encoded);
        foreach (var parameter in vae.Encoder.parameters())
            parameter.mul_(1.5);
        prior.get_buffer("means")!.Values().Should().Equal(encoded);
        vae.Encode(prior.PseudoInputsOf(0)).Mean.Values().Should().NotEqual(encoded);
    }

    [Fact]
    public void Samples_of_finished_tasks_follow_the_stored_components_by_their_shares()
    {
        using var vae = Model();
        var prior = Grown(vae, tasks: 2, components: 1);
        using (torch.no_grad())
        {
            prior.get_buffer("means")!.copy_(torch.tensor(new[] { -100f, 0, 100, 0 }).reshape(2, 2));
        }
        var samples = prior.Sample(10_000).select(1, 0).Values();
        samples.Count(x => x < 0).Should().BeCloseTo(5000, 250, "five standard errors");
        samples.Should().OnlyContain(x => Math.Abs(Math.Abs(x) - 100) < 20);
    }

    [Fact]
    public void Weights_come_back_exactly_with_the_file_s_number_of_components()
    {
        using var vae = Model();
        Grown(vae, tasks: 2, components: 3);
        var path = Path.Combine(_folder, "vae.safetensors");
        vae.SaveWeights(path);
        using var other = Model();
        other.LoadWeights(path);
        var z = torch.randn([5L, 2L]);
        vae.eval();
        other.eval();
        other.Prior.LogProb(z).Values().Should().Equal(vae.Prior.LogProb(z).Values());
        ((BoostedPrior)other.Prior).TaskCount.Should().Be(2);
        ((BoostedPrior)other.Prior).BeginTask(Items(0, 10));
        var grown = ((BoostedPrior)other.Prior).ComponentCount;
        other.LoadWeights(path);
        ((BoostedPrior)other.Prior).ComponentCount.Should().Be(grown - 1);
    }

    [Fact]
    public void A_file_with_rows_of_another_width_or_of_several_lengths_is_refused_and_nothing_changes()
    {
        using var vae = Model();
        Grown(vae, tasks: 1, components: 2);
        var path = Path.Combine(_folder, "vae.safetensors");
        var state = vae.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value);
        Save(state, "prior.tasks", torch.zeros([3L], torch.int64));
        FluentActions.Invoking(() => vae.LoadWeights(path)).Should().Throw<WeightsMismatchException>().WithMessage("*not of one length*");
        Save(state, "prior.means", torch.zeros([2L, 3L]));
        FluentActions.Invoking(() => vae.LoadWeights(path))
            .Should().Throw<WeightsMismatchException>().WithMessage("*prior.means is [2, 3]*");
        ((BoostedPrior)vae.Prior).ComponentCount.Should().Be(2);

        void Save(Dictionary<string, torch.Tensor> whole, string key, torch.Tensor value)
            => SafeTensors.Write(
                path, whole.ToDictionary(pair => pair.Key, pair => pair.Key == key ? value : pair.Value), SafeTensors.Kind(Vae.Kind, 1));
    }

    [Fact]
    public void Gradients_reach_the_encoder_through_the_components_and_a_step_leaves_no_tensor()
    {
        using var vae = Model();
        var prior = Grown(vae, tasks: 1, components: 2);
        prior.BeginTask(Items(1, 20));
        vae.train();
        vae.Prior.LogProb(torch.randn([4L, 2L])).sum().backward();
        vae.Encoder.parameters().Should().OnlyContain(parameter => parameter.grad!.abs().sum().ToDouble() > 0);
        using var batch = new Batch(Items(1, 16));
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
        var objective = new Elbo();
        TrainingLoop.Step(vae, objective, batch, optimizer);
        var before = Reference.LiveTensors();
        for (var i = 0; i < 20; i++)
            TrainingLoop.Step(vae, objective, batch, optimizer);
        torch.Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void Growth_adds_a_component_at_every_so_many_steps_and_prunes_once_the_same_from_the_same_seed()
    {
        double[] Run()
        {
            using var seed = SeedScope.Begin(8);
            using var vae = Model();
            using var scope = torch.NewDisposeScope();
            using var data = new TensorData(Items(0, 60));
            var reports = new List<int>();
            using (var growth = new BoostedGrowth(
                (BoostedPrior)vae.Prior, data, new() { StepsPerComponent = 6, Components = 3, SubsetSize = 50 }, new Recorder(reports)))
                Trainer.Fit(vae, new Elbo(), data, null, new() { Epochs = 5, BatchSize = 10, Seed = 3 }, [growth]);
            reports.Should().Equal(2, 3);
            var prior = (BoostedPrior)vae.Prior;
            prior.EndTask();
            prior.ComponentCount.Should().BeLessThanOrEqualTo(3);
            return prior.get_buffer("pseudo_inputs")!.Values();
        }

        var first = Run();
        var before = Reference.LiveTensors();
        Run().Should().Equal(first);
        (torch.Tensor.TotalCount - 10)
            .Should().Be(before, "the model has four layers, and candidates of one parameter were made twice");
    }

    [Fact]
    public void Growth_needs_nobody_to_report_to_and_no_more_components_than_the_prior_may_have()
    {
        using var vae = Model(maximum: 4);
        using var data = new TensorData(Items(0, 40));
        using (var growth = new BoostedGrowth((BoostedPrior)vae.Prior, data, new() { StepsPerComponent = 4, Components = 4 }))
            Trainer.Fit(vae, new Elbo(), data, null, new() { Epochs = 4, BatchSize = 10 }, [growth]);
        ((BoostedPrior)vae.Prior).ComponentCount.Should().Be(4);
        FluentActions.Invoking(() => new BoostedGrowth((BoostedPrior)vae.Prior, data, new() { StepsPerComponent = 4, Components = 5 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*MaxComponents, 4*");
    }

    [Fact]
    public void Growth_that_the_training_is_too_short_for_is_found_before_it()
    {
        using var data = new TensorData(Items(0, 40));
        Findings(new() { StepsPerComponent = 4, Components = 10 }).Should().ContainSingle().Which.Should().Be(
            "The prior gets 4 of 10 components (Components) in 12 steps, one every 4 (StepsPerComponent), and is not pruned: "
            + "set one of them lower, or train longer.");
        Findings(new() { StepsPerComponent = 4, Components = 4, PruneAt = 13 }).Should().BeEmpty("the run may be gone on with");

        IReadOnlyList<string> Findings(BoostedGrowthOptions options)
        {
            using var vae = Model(steps: 5);
            using var growth = new BoostedGrowth((BoostedPrior)vae.Prior, data, options);
            try
            {
                Trainer.Fit(vae, new Elbo(), data, null, new() { Epochs = 3, BatchSize = 10 }, [growth]);
                return [];
            }
            catch (PreFlightException refusal)
            {
                return refusal.Findings;
            }
        }
    }

    [Fact]
    public void Growth_of_a_task_that_was_left_open_stops_at_its_most_components()
    {
        using var vae = Model(steps: 5);
        using var data = new TensorData(Items(0, 40));
        for (var run = 0; run < 2; run++)
        {
            using var growth = new BoostedGrowth((BoostedPrior)vae.Prior, data, new() { StepsPerComponent = 4, Components = 3 });
            Trainer.Fit(vae, new Elbo(), data, null, new() { Epochs = 3, BatchSize = 10 }, [growth]);
            ((BoostedPrior)vae.Prior).ComponentCount.Should().Be(3);
        }
    }

    [Fact]
    public void A_killed_run_goes_on_as_an_uninterrupted_one()
    {
        double[] Run(bool interrupted)
        {
            using var seed = SeedScope.Begin(8);
            using var vae = Model();
            using var scope = torch.NewDisposeScope();
            using var data = new TensorData(Items(0, 40));
            var options = new TrainingOptions
            {
                Epochs = 4,
                BatchSize = 10,
                Seed = 3,
                CheckpointDirectory = Path.Combine(_folder, interrupted.ToString()),
                Resume = true,
            };
            foreach (var epochs in interrupted ? new[] { 2, 4 } : [4])
            {
                using var growth = new BoostedGrowth((BoostedPrior)vae.Prior, data, new() { StepsPerComponent = 4, Components = 4 });
                Trainer.Fit(vae, new Elbo(), data, null, options with { Epochs = epochs }, [growth]);
            }
            return vae.Prior.get_buffer("pseudo_inputs")!.Values();
        }

        Run(interrupted: true).Should().Equal(Run(interrupted: false));
    }

    [Fact]
    public void A_run_that_would_grow_otherwise_is_not_gone_on_with()
    {
        using var data = new TensorData(Items(0, 40));
        var options = new TrainingOptions { Epochs = 2, BatchSize = 10, CheckpointDirectory = _folder, Resume = true };
        var growing = new BoostedGrowthOptions { StepsPerComponent = 4, Components = 4 };
        Run(growing, steps: 5, epochs: 2);
        Refused(growing with { StepsPerComponent = 3 }, "*BoostedGrowth.StepsPerComponent was 4, now it is 3*");
        Refused(growing with { Components = 2 }, "*BoostedGrowth.Components was 4, now it is 2*");
        Refused(growing with { PruneAt = 9, SubsetSize = 7 }, "*SubsetSize was 1000, now it is 7*PruneAt was none, now it is 9*");
        Refused(growing, "*BoostedGrowth.BoostedPriorOptions.Steps was 5, now it is 9*", steps: 9);
        Refused(null, "*BoostedGrowth.Components was 4, now it is not known*");
        Run(growing, steps: 5, epochs: 3);

        void Run(BoostedGrowthOptions? grows, int steps, int epochs)
        {
            using var seed = SeedScope.Begin(8);
            using var vae = Model(steps: steps);
            using var growth = grows is null ? null : new BoostedGrowth((BoostedPrior)vae.Prior, data, grows);
            Trainer.Fit(vae, new Elbo(), data, null, options with { Epochs = epochs, PreFlight = growth is not null },
                growth is null ? null : [growth]);
        }

        void Refused(BoostedGrowthOptions? grows, string message, int steps = 5) => FluentActions
            .Invoking(() => Run(grows, steps, epochs: 3)).Should().Throw<CheckpointException>().WithMessage(message);
    }

    [Fact]
    public void A_checkpoint_of_before_growth_said_its_options_is_refused_with_the_way_out()
    {
        using var data = new TensorData(Items(0, 40));
        var options = new TrainingOptions { Epochs = 2, BatchSize = 10, CheckpointDirectory = _folder, Resume = true };
        Run();
        var last = Path.Combine(_folder, "last");
        var file = Path.Combine(last, "state.json");
        var state = JsonNode.Parse(File.ReadAllText(file))!;
        var settings = state.AsObject().Single(entry => entry.Key.Equals("settings", StringComparison.OrdinalIgnoreCase)).Value!.AsObject();
        foreach (var name in settings.Select(entry => entry.Key).Where(name => name.StartsWith("BoostedGrowth.")).ToArray())
            settings.Remove(name);
        File.WriteAllText(file, state.ToJsonString());
        var weights = Path.Combine(last, "model.safetensors");
        FluentActions.Invoking(Run).Should().Throw<CheckpointException>().WithMessage(
            $"{file}: it does not say what was set for *BoostedGrowth.StepsPerComponent*this file is of before that was kept*"
            + $"Start in another folder; the weights so far can be loaded from '{weights}'.");
        using var vae = Model(steps: 5);
        vae.LoadWeights(weights);
        ((BoostedPrior)vae.Prior).ComponentCount.Should().BePositive();

        void Run()
        {
            using var seed = SeedScope.Begin(8);
            using var vae = Model(steps: 5);
            using var growth = new BoostedGrowth((BoostedPrior)vae.Prior, data, new() { StepsPerComponent = 4, Components = 4 });
            Trainer.Fit(vae, new Elbo(), data, null, options, [growth]);
        }
    }

    [Fact]
    public void Misuse_is_named()
    {
        using var vae = Model(maximum: 1);
        var prior = (BoostedPrior)vae.Prior;
        var subset = Items(0, 10);
        FluentActions.Invoking(() => prior.LogProb(torch.zeros([1L, 2L])))
            .Should().Throw<InvalidOperationException>().WithMessage("*no components yet*");
        FluentActions.Invoking(() => prior.AddComponent(subset))
            .Should().Throw<InvalidOperationException>().WithMessage("*no task is open*");
        FluentActions.Invoking(() => prior.BeginTask(torch.zeros([2L, 5L])))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 5]*[n, 6]*");
        FluentActions.Invoking(() => prior.BeginTask(torch.zeros([0L, 6L])))
            .Should().Throw<ArgumentException>().WithMessage("*at least one item*");
        prior.BeginTask(subset);
        FluentActions.Invoking(() => prior.BeginTask(subset))
            .Should().Throw<InvalidOperationException>().WithMessage("*task 0 was not ended*");
        FluentActions.Invoking(() => prior.AddComponent(subset))
            .Should().Throw<InvalidOperationException>().WithMessage("*1 components*MaxComponents*1*");
        using (torch.no_grad())
            prior.get_buffer("weights")!.fill_(0.9);
        FluentActions.Invoking(() => prior.LogProb(torch.zeros([1L, 2L])))
            .Should().Throw<InvalidOperationException>().WithMessage("*task 0 sum to 0.9*");
        using (torch.no_grad())
            prior.get_buffer("weights")!.fill_(-0.5);
        foreach (var ask in new Action[] { () => prior.LogProb(torch.zeros([1L, 2L])), () => prior.Sample(3) })
            ask.Should().Throw<InvalidOperationException>().WithMessage("a component's weight is -0.5; *at least 0");
        FluentActions.Invoking(() => new BoostedPrior(vae.Encoder, [5]))
            .Should().Throw<ArgumentException>().WithMessage("*[5]*do not fit the encoder*");
        FluentActions.Invoking(() => new BoostedPrior(vae.Encoder, [6], new() { MaxComponents = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*(K)*");
        FluentActions.Invoking(() => new BoostedPrior(vae.Encoder, [6], new() { RatioWeight = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*λ*");
        var encoder = new MlpEncoder(6, 2, [4]);
        FluentActions.Invoking(() => new Vae(encoder, new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), prior))
            .Should().Throw<ArgumentException>().WithMessage("*another encoder*");
    }

    [Fact]
    public void Items_below_the_range_of_pseudo_inputs_are_refused_and_the_range_can_be_set()
    {
        using var seed = SeedScope.Begin(5);
        using var scope = torch.NewDisposeScope();
        using var encoder = new MlpEncoder(4, 2, [8]);
        var items = torch.randn(200, 4) * 0.5 - 3;
        var least = items.min().ToDouble();
        using var prior = new BoostedPrior(encoder, [4], new() { Steps = 50 });
        FluentActions.Invoking(() => prior.BeginTask(items)).Should().Throw<ArgumentException>().WithMessage(
            FormattableString.Invariant($"*values down to {least:G6}*clipped at Minimum, 0,*set BoostedPriorOptions.Minimum*"));
        prior.TaskCount.Should().Be(0);
        prior.BeginTask(items + 3 - (items + 3).min() - 1e-7);
        FluentActions.Invoking(() => prior.AddComponent(items)).Should().Throw<ArgumentException>().WithMessage("*values down to*");

        // In its range the first is the mean of the items; the next starts in it, though StartMean lies above, and goes on.
        using var low = new BoostedPrior(encoder, [4], new() { Minimum = -6, Steps = 50, LearningRate = 0.05 });
        low.BeginTask(items);
        (low.PseudoInputsOf(0)[0] - items.mean([0L])).abs().max().ToDouble().Should().BeLessThan(1e-5);
        low.AddComponent(items);
        var found = low.PseudoInputsOf(0)[1];
        var highest = items.max().ToDouble();
        found.Values().Should().OnlyContain(value => value >= -6 && value <= highest).And.Contain(value => value < highest - 0.01);
    }

    private static double[] TaskDensity(Vae vae, BoostedPrior prior, int task, torch.Tensor z)
    {
        var posterior = vae.Encode(prior.PseudoInputsOf(task));
        var weights = prior.WeightsOf(task);
        var densities = new DiagonalComponents(
            posterior.Mean, ((VaeToolkit.DiagonalNormal)posterior).LogVariance)
            .LogDensities(z, torch.tensor(weights.Select(weight => (float)Math.Log(weight)).ToArray()));
        return densities.logsumexp(-1).Values();
    }

    private static BoostedPrior Grown(Vae vae, int tasks, int components)
    {
        var prior = (BoostedPrior)vae.Prior;
        for (var task = 0; task < tasks; task++)
        {
            var subset = Items(task, 60);
            prior.BeginTask(subset);
            for (var k = 1; k < components; k++)
                prior.AddComponent(subset);
            prior.EndTask();
        }
        return prior;
    }

    private static void Copy(Vae from, Vae to)
    {
        using var noGradient = torch.no_grad();
        foreach (var (source, target) in from.Encoder.parameters().Zip(to.Encoder.parameters()))
            target.copy_(source);
    }

    /// <summary>Six pixels; a task's items light one half or the other, some more than others.</summary>
    private static torch.Tensor Items(int task, long count)
    {
        var light = torch.rand([count, 3L]);
        var dark = torch.rand([count, 3L]) * 0.1;
        return torch.cat(task == 0 ? [light, dark] : [dark, light], 1);
    }

    private static Vae Model(int steps = 60, double share = 0.05, int maximum = 10)
    {
        var encoder = new MlpEncoder(6, 2, [8]);
        using (torch.no_grad())
        {
            // Wide enough means that items differ in the latent space.
            foreach (var parameter in encoder.parameters())
                parameter.mul_(4);
        }
        var prior = new BoostedPrior(encoder, [6], new()
        {
            MaxComponents = maximum,
            Steps = steps,
            SamplesPerStep = 8,
            LearningRate = 0.05,
            PruneShare = share,
            Weights = new EqualWeights(),
        });
        return new Vae(encoder, new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)), prior);
    }

    private sealed class Recorder(List<int> components) : IProgress<Boosting.BoostingReport>
    {
        public void Report(Boosting.BoostingReport value) => components.Add(value.Component);
    }
}
