using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>All data are looked at before the first step, not the first batch alone.</summary>
public sealed class SupportCheckTests
{
    private const int Width = 4;

    public static TheoryData<string, ObservationModel, string> Likelihoods => new()
    {
        { "Bernoulli", ObservationModel.Bernoulli(Width), "Bernoulli pixels must be in [0, 1], these are in [0, 255]" },
        { "continuous Bernoulli", ObservationModel.ContinuousBernoulli(Width), "continuous Bernoulli values must be in [0, 1]*255]" },
        { "discretised logistic", ObservationModel.DiscretisedLogistic(Width), "discretised logistic*255]" },
        { "categorical", ObservationModel.Categorical(Width), "categorical*255]" },
    };

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void A_bad_row_beyond_the_first_training_batch_is_named_with_its_range(string name, ObservationModel likelihood, string range)
    {
        using var vae = Model(likelihood);
        using var train = ZerosAndOnes(200, badRow: 150);
        var before = vae.Encoder.parameters().First().Values();

        var findings = Refused(vae, train, null);

        findings.Should().ContainSingle("of {0}", name).Which
            .Should().Match($"Item 150 of the training data is outside the likelihood's support: {range}*");
        vae.Encoder.parameters().First().Values().Should().Equal(before, "no step was taken");
    }

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void A_step_of_ones_own_loop_refuses_a_bad_row_and_changes_nothing(string name, ObservationModel likelihood, string range)
    {
        using var seed = SeedScope.Begin(3);
        using var vae = Model(likelihood);
        using var data = ZerosAndOnes(20, badRow: 7);
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
        var before = vae.Encoder.parameters().First().Values();
        foreach (var objective in new Objective<Vae>[] { new Elbo(), new Iwae(3) })
        {
            FluentActions.Invoking(() =>
            {
                foreach (var batch in data.Batches(20, seed: 1, epoch: 0))
                    TrainingLoop.Step(vae, objective, batch, optimizer);
            }).Should().ThrowExactly<ArgumentException>(name)
                .WithMessage($"item * of x is outside the likelihood's support: {range}*");
        }
        vae.Encoder.parameters().First().Values().Should().Equal(before);
        using var sound = ZerosAndOnes(20);
        foreach (var batch in sound.Batches(20, seed: 1, epoch: 0))
            double.IsFinite(TrainingLoop.Step(vae, new Elbo(), batch, optimizer).Loss).Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void An_objective_that_is_computed_by_itself_refuses_a_bad_row(string name, ObservationModel likelihood, string range)
    {
        using var seed = SeedScope.Begin(3);
        using var scope = torch.NewDisposeScope();
        using var vae = Model(likelihood);
        using var data = ZerosAndOnes(20, badRow: 7);
        using var sound = ZerosAndOnes(20);
        foreach (var objective in new Objective<Vae>[]
                 {
                     new Elbo(), new Elbo(new() { Samples = 3 }), new Iwae(3), new Iwae(3, new() { ChunkSize = 1 }), new Geco(),
                     new GecoIwae(3), new Autoencoder(), new InfoVae(),
                     new WaeMmd(), new WaeMmd(new() { Cost = ReconstructionCost.NegativeLogLikelihood }),
                     new Geco(new() { Constraints = [ReconstructionConstraint.SquaredErrorPerPixel(0.1)] }),
                 })
        {
            foreach (var compute in new Func<Vae, Batch, ObjectiveResult>[] { objective.Compute, objective.ComputeForValidation })
            {
                foreach (var batch in data.InOrder(20))
                    FluentActions.Invoking(() => compute(vae, batch)).Should().ThrowExactly<ArgumentException>(name)
                        .WithMessage($"item 7 of x is outside the likelihood's support: {range}*");
                foreach (var batch in sound.InOrder(20))
                    double.IsFinite(compute(vae, batch).Loss.ToDouble()).Should().BeTrue();
            }
        }
        TrainingStep.LooksAtItems.Should().BeFalse();
    }

    [Fact]
    public void What_a_step_has_drawn_itself_is_no_item_and_ends_as_the_loss_that_it_spoils()
    {
        using var vae = Model(ObservationModel.Bernoulli(Width));
        using var data = ZerosAndOnes(20);
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
        FluentActions.Invoking(() =>
        {
            foreach (var batch in data.Batches(20, seed: 1, epoch: 0))
                TrainingLoop.Step(vae, new OfDraws(), batch, optimizer);
        }).Should().ThrowExactly<NonFiniteLossException>().WithMessage("*'draws'*");
    }

    [Fact]
    public void A_step_within_a_step_leaves_the_outer_one_looking()
    {
        using var vae = Model(ObservationModel.Bernoulli(Width));
        using var inner = Model(ObservationModel.Bernoulli(Width));
        using var data = ZerosAndOnes(20, badRow: 7);
        using var sound = ZerosAndOnes(20);
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
        FluentActions.Invoking(() =>
        {
            foreach (var batch in data.Batches(20, seed: 1, epoch: 0))
                TrainingLoop.Step(vae, new WithStep(inner, sound), batch, optimizer);
        }).Should().ThrowExactly<ArgumentException>().WithMessage("item * of x is outside the likelihood's support*");
        TrainingStep.LooksAtItems.Should().BeFalse();
    }

    [Fact]
    public void So_is_one_in_the_second_validation_batch()
    {
        using var vae = Model(ObservationModel.Bernoulli(Width));
        using var train = ZerosAndOnes(200);
        using var valid = ZerosAndOnes(200, badRow: 199);
        Refused(vae, train, valid).Should().ContainSingle().Which.Should().StartWith("Item 199 of the validation data is outside");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(2345)]
    public void The_row_is_counted_over_all_batches(int row)
    {
        using var vae = Model(ObservationModel.Bernoulli(Width));
        using var train = ZerosAndOnes(2346, row);
        Refused(vae, train, null).Should().ContainSingle().Which.Should().StartWith($"Item {row} of the training data");
    }

    [Fact]
    public void The_first_of_several_bad_rows_is_named()
    {
        using var vae = Model(ObservationModel.Bernoulli(Width));
        using var tensor = torch.full([300, Width], 255f);
        tensor.narrow(0, 0, 7).fill_(1);
        using var train = new TensorData(tensor);
        Refused(vae, train, null).Should().ContainSingle().Which.Should().StartWith("Item 7 of the training data");
    }

    [Fact]
    public void Data_of_another_type_than_the_weights_which_the_encoder_converts_are_looked_at_too()
    {
        using var vae = new Vae(
            new Converting(), new MlpDecoder(2, [4], ObservationModel.Bernoulli(Width)), new StandardNormalPrior(2));
        using var tensor = torch.zeros([200, Width], torch.float64);
        tensor[150, 2] = 255;
        using var train = new TensorData(tensor);
        Refused(vae, train, null).Should().ContainSingle().Which.Should().StartWith("Item 150 of the training data is outside");
    }

    [Fact]
    public void Sound_data_pass_and_leave_nothing_behind()
    {
        using var vae = Model(ObservationModel.Bernoulli(Width));
        using var train = ZerosAndOnes(200);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        PreFlight.Check(vae, new Elbo(), train, train, new() { BatchSize = 100 });
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    [Fact]
    public void An_objective_of_the_users_own_may_refuse_items_of_any_model()
    {
        using var model = TinyModel.Seeded();
        using var data = TinyData.Make(50, seed: 1);
        FluentActions.Invoking(() => Trainer.Fit(model, new Picky(), data, null, new() { BatchSize = 10 }))
            .Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle()
            .Which.Should().Be("Item 0 of the training data is outside the likelihood's support: too many.");
    }

    private static Vae Model(ObservationModel likelihood)
        => new(new MlpEncoder(Width, 2, [4]), new MlpDecoder(2, [4], likelihood), new StandardNormalPrior(2));

    private static TensorData ZerosAndOnes(int count, int? badRow = null)
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(5);
        var items = torch.rand([count, Width]).gt(0.5).to(torch.float32);
        if (badRow is { } row)
            items.narrow(0, row, 1).copy_(torch.tensor(new[] { 0f, 1f, 255f, 0f }));
        return new TensorData(items);
    }

    private static IReadOnlyList<string> Refused(Vae vae, DataSource train, DataSource? valid)
        => FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), train, valid, new() { BatchSize = 100, Epochs = 1 }))
            .Should().Throw<PreFlightException>().Which.Findings;

    private sealed class OfDraws : Objective<Vae>
    {
        public override ObjectiveResult Compute(Vae model, Batch batch)
        {
            var decoded = model.Decode(model.Encode(batch.Items).RSample());
            var density = decoded.LogProb(decoded.Mean[0] * float.PositiveInfinity).mean();
            return new(density, new ObjectiveTerm("draws", density));
        }
    }

    private sealed class WithStep(Vae other, TensorData data) : Objective<Vae>
    {
        private readonly Elbo _bound = new();

        public override ObjectiveResult Compute(Vae model, Batch batch)
        {
            using var optimizer = Optimizers.Adam(other.parameters(), 1e-3);
            foreach (var own in data.Batches(20, seed: 1, epoch: 0))
                TrainingLoop.Step(other, new Elbo(), own, optimizer);
            return _bound.Compute(model, batch);
        }
    }

    private sealed class Converting : Encoder
    {
        private readonly MlpEncoder _inner = new(Width, 2, [4]);

        public Converting()
            : base(nameof(Converting)) => register_module("inner", _inner);

        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => _inner.forward(input.to(torch.float32));
    }

    private sealed class Picky : Objective<TinyModel>
    {
        public override ObjectiveResult Compute(TinyModel model, Batch batch) => new(model.call(batch.Items).square().mean());

        public override string? ExplainOutsideSupport(TinyModel model, Batch batch) => "too many";
    }

    [Fact]
    public void A_likelihood_of_ones_own_looks_at_items_in_the_shape_they_came_in_for_squared_errors_too()
    {
        using var scope = torch.NewDisposeScope();
        using var look = TrainingStep.LookUnlessComputed();
        var likelihood = new OfPictures(torch.full([2, 1, 2, 3], 0.5f));
        var constraint = ReconstructionConstraint.SquaredErrorPerItem(1);
        constraint.Error(likelihood, torch.ones(2, 1, 2, 3)).Values().Should().Equal(1.5, 1.5);
        FluentActions.Invoking(() => constraint.Error(likelihood, torch.full([2, 1, 2, 3], -1f)))
            .Should().Throw<ArgumentException>().WithMessage("item 0 of x is outside the likelihood's support: a corner is below 0*");
    }

    private sealed class OfPictures(torch.Tensor mean) : Likelihood
    {
        public override torch.Tensor Mean => mean;

        public override torch.Tensor Variance => torch.ones_like(mean);

        public override torch.Tensor LogProb(torch.Tensor x) => -(x - mean).square().sum([1L, 2, 3]);

        public override torch.Tensor Sample() => mean;

        public override string? ExplainOutsideSupport(torch.Tensor x)
            => x[torch.TensorIndex.Colon, 0, 0, 0].min().ToDouble() < 0 ? "a corner is below 0" : null;
    }
}
