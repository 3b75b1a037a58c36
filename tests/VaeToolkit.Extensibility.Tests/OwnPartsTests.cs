using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Extensibility.Tests;

public sealed class OwnPartsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(7);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Own_encoder_decoder_prior_and_objective_train_together_and_beat_where_they_started()
    {
        using var data = Counts();
        using var vae = Own();
        var before = Evaluate.NegativeLogLikelihood(vae, data);
        var result = Trainer.Fit(
            vae, new RampedBound(20), data, validation: null, new TrainingOptions { Epochs = 15, BatchSize = 32, LearningRate = 1e-2 });
        var after = Evaluate.NegativeLogLikelihood(vae, data);

        result.Reason.Should().Be(StopReason.Completed);
        result.History[^1].Terms.Should().ContainKeys("error", "kl_sampled", "weight");
        after.Mean.Should().BeLessThan(before.Mean - 10 * before.StandardError);
        vae.Prior.named_parameters().Should().ContainSingle().Which.parameter.abs().sum().ToDouble()
            .Should().BeGreaterThan(0, "the prior's own weights are found and trained");
    }

    [Fact]
    public void Sampled_divergence_is_used_where_the_prior_has_no_closed_form_and_is_named()
    {
        using var data = Counts();
        using var vae = new Vae(new GatedEncoder(16, 3), Decoder(), new ShiftedPrior());
        var terms = data.InOrder(8).Select(b => new Elbo().Compute(vae, b).Terms.ToDictionary(t => t.Name, t => t.Read())).First();
        terms.Should().ContainKey("kl_sampled").And.NotContainKey("kl");
    }

    [Fact]
    public void Weights_of_own_parts_are_saved_and_loaded_under_their_registered_names()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "own.safetensors");
        using var data = Counts();
        using var one = Own();
        using var other = Own();
        one.SaveWeights(path);
        other.LoadWeights(path);
        one.state_dict().Keys.Should().Equal(
            "encoder.value.weight", "encoder.value.bias", "encoder.gate.weight", "encoder.gate.bias",
            "encoder.head.weight", "encoder.head.bias",
            "decoder.layers.widen.weight", "decoder.layers.widen.bias", "decoder.layers.normalise.weight", "decoder.layers.normalise.bias",
            "decoder.layers.raw.weight", "decoder.layers.raw.bias", "prior.log_scale");
        Evaluate.NegativeLogLikelihood(one, data).Mean.Should().Be(Evaluate.NegativeLogLikelihood(other, data).Mean);
    }

    [Fact]
    public void Programs_of_the_pages_train_and_end_lower_than_they_began()
    {
        foreach (var result in new[]
        {
            OwnEncoderPage.Train(), OwnPriorPage.Train(), OwnLikelihoodPage.Train(), OwnObjectivePage.Train(),
        })
        {
            result.Reason.Should().Be(StopReason.Completed);
            result.History[^1].TrainLoss.Should().BeLessThan(result.History[0].TrainLoss);
        }
    }

    [Fact]
    public void Frozen_model_of_own_parts_answers_as_the_model_does_and_draws_by_its_seed()
    {
        OwnEncoderPage.Register();
        OwnPriorPage.Register();
        OwnLikelihoodPage.Register();
        using var vae = Own();
        using var frozen = vae.Freeze();
        var items = torch.poisson(torch.ones(8, 16));
        frozen.Reconstruct(items).allclose(vae.Reconstruct(items)).Should().BeTrue();
        frozen.Sample(5, seed: 3, draws: true).equal(frozen.Sample(5, seed: 3, draws: true)).all().ToBoolean().Should().BeTrue();
    }

    [Fact]
    public void Bound_of_weighted_samples_is_tighter_than_that_of_single_ones()
    {
        using var vae = Own();
        using var batch = new Batch(torch.poisson(torch.ones(256, 16)));
        var (single, many) = (Loss(1), Loss(50));
        many.Should().BeLessThan(single);
        using var same = SeedScope.Begin(1);
        // Without − log K it would be 3.9 nats lower.
        many.Should().BeApproximately(new Iwae(50).Compute(vae, batch).Loss.ToDouble(), 0.1);

        double Loss(int samples)
        {
            using var seed = SeedScope.Begin(1);
            return OwnObjectivePage.Tight(vae, batch, samples).Loss.ToDouble();
        }
    }

    [Fact]
    public void Objective_with_a_state_of_its_own_reaches_its_target()
    {
        using var digits = ImageData.SyntheticDigits(1000, 200, seed: 1);
        using var vae = new Vae(
            new MlpEncoder(784, 10, [128]), new MlpDecoder(10, [128], ObservationModel.Bernoulli(784)), new StandardNormalPrior(10));
        var result = Trainer.Fit(vae, new TargetedBound(12), digits, options: new() { Epochs = 20, BatchSize = 50, SplitBatches = false });
        result.History[^1].Terms["kl"].Should().BeApproximately(12, 1);
    }

    [Fact]
    public void Density_of_rows_keeps_the_axes_of_K_samples_and_N_items()
    {
        using var prior = new LaplacePrior(3);
        var z = torch.randn(4, 5, 3);
        OwnPriorPage.ByRows(z, 3, prior.LogProb).allclose(prior.LogProb(z)).Should().BeTrue();
    }

    private static Vae Own() => new(new GatedEncoder(16, 3), Decoder(), new LaplacePrior(3));

    private static NormalisedDecoder Decoder() => new(3, new PoissonObservations(16));

    private static TensorData Counts()
    {
        var pattern = torch.arange(16).remainder(4).to(torch.float32) + 0.5;
        var strength = torch.rand(256, 1) * 2;
        using var counts = (strength * pattern + torch.rand(256, 16)).floor();
        return new TensorData(counts);
    }

    /// <summary>A prior with a learned shift that says no closed form.</summary>
    private sealed class ShiftedPrior : Prior
    {
        public ShiftedPrior()
            : base(nameof(ShiftedPrior)) => this.RegisterParameter("shift", torch.zeros(3));

        public override long LatentSize => 3;

        public override torch.Tensor LogProb(torch.Tensor z) => (z - Shift).square().sum(-1) * -0.5 - 1.5 * Math.Log(2 * Math.PI);

        public override torch.Tensor Sample(long count) => torch.randn([count, 3L], generator: NoiseSource.OfThisThread) + Shift;

        private torch.Tensor Shift => get_parameter("shift")!;
    }
}
