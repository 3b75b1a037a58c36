using TorchSharp;
using VaeToolkit.Archetypes.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Archetypes.Tests.Objectives;

public sealed class ArchetypeObjectiveTests
{
    [Fact]
    public void The_loss_is_the_sum_of_its_terms_with_their_weights()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.WithSide();
        using var batch = new Batch(SmallModels.Items(30, 6));
        var result = new ArchetypeObjective(
            new() { ReconstructionWeight = 0.5, KlWeight = 3, ArchetypeWeight = 7, SideWeight = 11 }).Compute(model, batch);
        var terms = result.Terms.ToDictionary(term => term.Name, term => term.Read());
        result.Loss.ToDouble().Should().BeApproximately(
            (0.5 * terms["reconstruction"]) + (3 * terms["kl_sampled"]) + (7 * terms["archetype"]) + (11 * terms["side"]), 1e-4);
        terms["kl_weight"].Should().Be(3);
        var reading = model.Encoder.Read(batch.Items.narrow(1, 0, 4));
        terms["scale"].Should().BeApproximately((reading.Posterior.LogVariance * 0.5).exp().mean().ToDouble(), 1e-6);
        var difference = reading.Mixing().mm(reading.Posterior.Mean) - model.Vertices;
        terms["archetype"].Should().BeApproximately(difference.square().mean().ToDouble(), 1e-6);
    }

    [Fact]
    public void Every_term_is_a_mean_over_items_so_that_a_doubled_batch_has_the_same()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        model.to(torch.float64);
        using (torch.no_grad())
        {
            // With no noise to speak of, the reconstruction is a function of the items.
            model.Encoder.get_parameter("scale.weight")!.zero_();
            model.Encoder.get_parameter("scale.bias")!.fill_(-50);
        }
        var items = SmallModels.Items(30).to(torch.float64);
        using var seed = SeedScope.Begin(1);
        var objective = new ArchetypeObjective(new() { Samples = 200 });
        double Loss(torch.Tensor rows) => objective.Compute(model, new Batch(rows.alias())).Loss.ToDouble();
        Loss(torch.cat([items, items])).Should().BeApproximately(Loss(items), 0.01 * Loss(items));
    }

    [Fact]
    public void The_sampled_divergence_has_the_mean_of_the_closed_form()
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(2);
        using var model = SmallModels.Plain();
        var posterior = model.Encoder.Read(SmallModels.Items(5)).Posterior;
        const int Samples = 10_000;
        var (t, logPosterior) = posterior.RSampleAndLogProb(Samples);
        var sampled = logPosterior - model.Prior.LogProb(t);
        var errors = (sampled.std(0) / Math.Sqrt(Samples)).Values();
        var closed = model.Prior.AnalyticKl(posterior)!.Values();
        for (var i = 0; i < closed.Length; i++)
            sampled.mean([0L]).Values()[i].Should().BeApproximately(closed[i], 5 * errors[i]);
        using var batch = new Batch(SmallModels.Items(5));
        double Kl(KlEstimator kl) => new ArchetypeObjective(new() { Kl = kl, Samples = Samples }).Compute(model, batch).Terms[1].Read();
        Kl(KlEstimator.Sampled).Should().BeApproximately(Kl(KlEstimator.ClosedForm), 5 * errors.Max());
    }

    // KL(N(μ, σ²) ‖ mixture of the prior) by quadrature on a segment.
    [Fact]
    public void The_divergence_from_a_Dirichlet_prior_is_that_of_quadrature()
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(3);
        using var prior = new DirichletPrior(2, new() { NoiseScale = 0.5 });
        using var model = SmallModels.Plain(2, prior);
        model.to(torch.float64);
        using var batch = new Batch(SmallModels.Items(3).to(torch.float64));
        var posterior = model.Encoder.Read(batch.Items).Posterior;
        var (means, deviations) = (posterior.Mean.Values(), (posterior.LogVariance * 0.5).exp().Values());
        var exact = means.Zip(deviations, (mean, deviation) => Reference.Integrate(
            t =>
            {
                var at = torch.tensor(t);
                var log = ((at - mean) / deviation).square() * -0.5 - Math.Log(deviation * Math.Sqrt(2 * Math.PI));
                return (log.exp() * (log - prior.LogProb(at.unsqueeze(-1)))).Values();
            },
            mean - (12 * deviation), mean + (12 * deviation), 400)).Average();
        var result = new ArchetypeObjective(new() { Samples = 4_000 }).Compute(model, batch);
        result.Terms[1].Name.Should().Be("kl_sampled");
        result.Terms[1].Read().Should().BeApproximately(exact, 0.03);
    }

    [Fact]
    public void A_batch_with_fewer_items_than_archetypes_trains_nothing_and_validates()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        using var batch = new Batch(SmallModels.Items(2));
        var objective = new ArchetypeObjective();
        FluentActions.Invoking(() => objective.Compute(model, batch)).Should().Throw<ArgumentException>()
            .WithMessage("*2 item*3 archetypes*60*Merge*");
        double.IsFinite(objective.ComputeForValidation(model, batch).Loss.ToDouble()).Should().BeTrue();
    }

    [Fact]
    public void A_weight_that_starts_high_falls_in_steps_and_validation_has_the_final_one()
    {
        var decay = new KlDecay(5000);
        decay.At(0, 40).Should().Be(5000);
        decay.At(99, 40).Should().Be(5000);
        decay.At(100, 40).Should().BeApproximately(5000 / 1.5, 1e-9);
        decay.At(1100, 40).Should().BeApproximately(5000 / Math.Pow(1.5, 11), 1e-9);
        decay.At(1200, 40).Should().Be(40);
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        using var batch = new Batch(SmallModels.Items(20));
        var objective = new ArchetypeObjective(new() { KlWeight = 2, KlDecay = new(9, 3, 1) });
        double Weight(ObjectiveResult result) => result.Terms.Single(term => term.Name == "kl_weight").Read();
        Weight(objective.Compute(model, batch)).Should().Be(9);
        Weight(objective.ComputeForValidation(model, batch)).Should().Be(2);
        objective.EpochsFinished = 1;
        Weight(objective.Compute(model, batch)).Should().Be(3);
    }

    [Theory]
    [InlineData(1e300, 1e-300, 1.0000000000000002, 1000)]
    [InlineData(5000, 1, 1.0000000000000002, 100)]
    [InlineData(1.7e308, 4e-308, 1.5, 100)]
    [InlineData(2, 1, 1.0000001, 1)]
    public void A_decay_has_a_length_however_far_or_slowly_it_falls(double start, double final, double factor, int epochs)
    {
        var plan = new ArchetypeObjective(new() { KlWeight = final, KlDecay = new(start, factor, epochs) }).WarmUpPlan!;
        var steps = (Math.Log(start) - Math.Log(final)) / Math.Log2(factor) * Math.Log2(Math.E);
        var expected = Math.Min(9007199254740992, steps * epochs);
        ((double)plan.Length.Length).Should().BeInRange(expected * 0.9999, (expected + epochs + 1) * 1.0001);
    }

    [Fact]
    public void A_last_batch_of_fewer_items_than_archetypes_is_found_before_training()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        using var data = model.Items(SmallModels.Items(82));
        var options = new TrainingOptions { Epochs = 1, BatchSize = 80 };
        FluentActions.Invoking(() => Trainer.Fit(model, new ArchetypeObjective(), data, options: options))
            .Should().Throw<PreFlightException>()
            .WithMessage("*last batch has 2 item(s) (82 items in batches of 80), but ArchetypeObjective needs at least 3 items a batch*");
        Trainer.Fit(model, new ArchetypeObjective(), data, data, options with { LastBatch = LastBatch.Drop })
            .History.Should().ContainSingle();
    }

    [Fact]
    public void A_training_that_ends_before_the_weight_has_fallen_is_refused_with_its_last_weight()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        using var data = model.Items(SmallModels.Items(80));
        // 9, 9, 3, 3, 2: the fifth epoch is the first with the final weight.
        var objective = new ArchetypeObjective(new() { KlWeight = 2, KlDecay = new(9, 3, 2) });
        FluentActions.Invoking(() => Trainer.Fit(model, objective, data, options: new() { Epochs = 4, BatchSize = 80 }))
            .Should().Throw<PreFlightException>()
            .WithMessage("*fall of 'kl_weight' goes over 5 epochs*after 4 epochs*its last value is 3, not 2*");
        Trainer.Fit(model, objective, data, options: new() { Epochs = 6, BatchSize = 80 })
            .History.Select(epoch => epoch.IsWarmUp).Should().Equal(true, true, true, true, true, false);
        new ArchetypeObjective(new() { KlWeight = 1, KlDecay = new(9, 3, 1) }).WarmUpPlan!.Length.Length.Should().Be(3);
        new ArchetypeObjective(new() { KlWeight = 9, KlDecay = new(9, 3, 1) }).WarmUpPlan.Should().BeNull();
        new ArchetypeObjective(new() { KlWeight = 0, KlDecay = new(0, 3, 1) }).WarmUpPlan.Should().BeNull();
        FluentActions.Invoking(() => new ArchetypeObjective(new() { KlWeight = 0, KlDecay = new(9, 3, 1) }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("KlWeight must be above 0 where KlDecay falls to it*");
    }

    [Fact]
    public void Halves_of_a_batch_are_refused_since_mixing_is_a_matter_of_the_whole()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        using var data = model.Items(SmallModels.Items(80));
        FluentActions.Invoking(() => Trainer.Fit(
            model, new ArchetypeObjective(), data, options: new() { Epochs = 1, BatchSize = 40, SplitBatches = true }))
            .Should().Throw<ArgumentException>().WithMessage("*SplitBatches*");
    }

    [Fact]
    public void Items_outside_of_the_likelihoods_support_are_found_before_training()
    {
        using var scope = torch.NewDisposeScope();
        using var model = new DeepArchetypes(
            ArchetypeEncoder.Mlp(4, 3, [6]), new MlpDecoder(2, [6], ObservationModel.Bernoulli(4)), new DirichletPrior(3));
        using var data = model.Items(SmallModels.Items(80));
        FluentActions.Invoking(() => Trainer.Fit(model, new ArchetypeObjective(), data, options: new() { Epochs = 1, BatchSize = 40 }))
            .Should().Throw<PreFlightException>().WithMessage("*support*");
    }

    public static TheoryData<ArchetypeOptions> BadOptions =>
    [
        new() { ReconstructionWeight = -1 }, new() { KlWeight = double.NaN }, new() { ArchetypeWeight = double.PositiveInfinity },
        new() { SideWeight = -0.1 }, new() { Samples = 0 }, new() { KlDecay = new(-1) }, new() { KlDecay = new(1, 1) },
        new() { KlDecay = new(1, 2, 0) },
    ];

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Numbers_out_of_their_range_are_refused(ArchetypeOptions options)
        => FluentActions.Invoking(() => new ArchetypeObjective(options)).Should().Throw<ArgumentOutOfRangeException>();
}
