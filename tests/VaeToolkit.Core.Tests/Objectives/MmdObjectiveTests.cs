using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Objectives;

public sealed class MmdObjectiveTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly Vae _vae = new(
        new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Gaussian(0.5, 6)), new StandardNormalPrior(2));
    private readonly Batch _batch = new(torch.rand(8, 6));

    public void Dispose()
    {
        _vae.Dispose();
        _batch.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(ReconstructionCost.SquaredError)]
    [InlineData(ReconstructionCost.NegativeLogLikelihood)]
    public void A_Wasserstein_autoencoder_is_cost_plus_weighted_discrepancy(ReconstructionCost cost)
    {
        var terms = Terms(new WaeMmd(new() { Weight = 7, Cost = cost }), out var loss);
        terms.Keys.Should().Equal("reconstruction", "mmd");
        loss.Should().BeApproximately(terms["reconstruction"] + 7 * terms["mmd"], 1e-5);
        using var again = SeedScope.Begin(11);
        var z = _vae.Encode(_batch.Items).RSample().squeeze(0);
        var likelihood = _vae.Decode(z);
        var squares = (_batch.Items - likelihood.Mean).square().sum(1).mean().ToDouble();
        // With σ² = ½ the negative log-likelihood is the squared error and 3 log π.
        terms["reconstruction"].Should().BeApproximately(
            squares + (cost == ReconstructionCost.SquaredError ? 0 : 3 * Math.Log(Math.PI)), 1e-5);
        terms["mmd"].Should().BeApproximately(Mmd.Squared(
            z, torch.randn(8, 2), MmdKernel.InverseMultiquadratic(4), MmdEstimator.Unbiased).ToDouble(), 1e-6);
    }

    [Fact]
    public void A_validation_batch_of_one_item_is_found_before_training_where_the_estimate_is_the_unbiased_one()
    {
        using var train = new TensorData(torch.rand(20, 6));
        using var validation = new TensorData(torch.rand(21, 6));
        var options = new TrainingOptions { Epochs = 1, BatchSize = 10 };
        foreach (var look in new[] { true, false })
        {
            FluentActions.Invoking(() => Trainer.Fit(_vae, new WaeMmd(), train, validation, options with { PreFlight = look }))
                .Should().Throw<Exception>().Which.Message.Should()
                .Contain("The last validation batch has 1 item(s) (21 items in batches of 10), but WaeMmd needs at least 2 items a batch");
            FluentActions.Invoking(() => Trainer.Fit(_vae, new WaeMmd(), validation, train, options with { PreFlight = look }))
                .Should().Throw<Exception>().Which.Message.Should()
                .Contain("An epoch's last batch has 1 item(s)").And.Contain("set LastBatch to Drop or Merge");
        }
        Trainer.Fit(_vae, new WaeMmd(), validation, train, options with { LastBatch = LastBatch.Merge }).History.Should().ContainSingle();
        Trainer.Fit(_vae, new InfoVae(), train, validation, options).History.Should().ContainSingle("the biased estimate takes one");
    }

    [Fact]
    public void InfoVae_without_preference_and_with_scaling_1_is_the_bound()
    {
        Terms(new InfoVae(new() { InformationPreference = 0, Scaling = 1 }), out var loss).Keys
            .Should().Equal("reconstruction", "kl", "mmd");
        var bound = Terms(new Elbo(), out var expected);
        loss.Should().BeApproximately(expected, 1e-5);
        bound["kl"].Should().BePositive();
    }

    [Fact]
    public void InfoVae_weighs_its_terms_by_preference_and_scaling()
    {
        var terms = Terms(new InfoVae(new() { InformationPreference = -0.5, Scaling = 4, Kernel = MmdKernel.Gaussian(3) }), out var loss);
        loss.Should().BeApproximately(terms["reconstruction"] + 1.5 * terms["kl"] + 2.5 * terms["mmd"], 1e-5);
        var sampled = Terms(new InfoVae(new() { InformationPreference = 0.5 }), out loss, _ => new MixtureOfGaussiansPrior(2, 3));
        sampled.Keys.Should().Equal("reconstruction", "kl_sampled", "mmd");
        loss.Should().BeApproximately(sampled["reconstruction"] + 0.5 * sampled["kl_sampled"] + 999.5 * sampled["mmd"], 2e-3);
        Terms(new InfoVae(), out _).Keys.Should().Equal("reconstruction", "mmd");
    }

    [Fact]
    public void A_point_mass_trains_by_discrepancy_and_not_by_a_bound()
    {
        using var data = new TensorData(torch.rand(40, 6));
        var options = new TrainingOptions { Epochs = 30, BatchSize = 20, LearningRate = 1e-2 };
        foreach (var objective in new Objective<Vae>[] { new WaeMmd(), new InfoVae(new() { Scaling = 10 }), new Autoencoder() })
        {
            using var vae = Pointed();
            var history = Trainer.Fit(vae, objective, data, null, options).History;
            history[^1].TrainLoss.Should().BeLessThan(history[0].TrainLoss);
        }
        using var untrained = Pointed();
        FluentActions.Invoking(() => new Elbo().Compute(untrained, _batch)).Should().Throw<NotSupportedException>()
            .WithMessage("*no density*WaeMmd*");
    }

    [Fact]
    public void A_point_mass_is_its_point()
    {
        var point = new PointMass(torch.tensor(new float[,] { { 1, 2 }, { 3, 4 } }));
        (point.BatchSize, point.LatentSize).Should().Be((2, 2));
        point.RSample(3).Values().Should().Equal(1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4);
        point.Variance.Values().Should().OnlyContain(value => value == 0);
        point.Detach().Mean.Values().Should().Equal(1, 2, 3, 4);
        FluentActions.Invoking(() => point.RSample(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => point.Entropy()).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => new PointMass(torch.zeros(3))).Should().Throw<ArgumentException>().WithMessage("*[N, Z]*");
    }

    [Fact]
    public void Options_are_checked_and_recorded()
    {
        FluentActions.Invoking(() => new WaeMmd(new() { Weight = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new InfoVae(new() { InformationPreference = 1.1 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new InfoVae(new() { InformationPreference = 0, Scaling = 0.5 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        new WaeMmd(new() { Kernel = MmdKernel.Gaussian(2) }).Settings.Should().Contain("Kernel", "Gaussian(2)").And.Contain("Weight", "10");
        new InfoVae().Settings.Should().Contain("InformationPreference", "1").And.Contain("Scaling", "1000");
    }

    [Fact]
    public void The_best_weights_are_put_back()
    {
        using var data = new TensorData(torch.rand(40, 6));
        using var best = new BestWeights<Vae>(_vae);
        var before = _vae.parameters().SelectMany(parameter => parameter.Values()).ToArray();
        Trainer.Fit(_vae, new Elbo(), data, null, new() { Epochs = 1, BatchSize = 20 }, [best]);
        best.Restore();
        _vae.parameters().SelectMany(parameter => parameter.Values()).Should().Equal(before, "no epoch had a validation loss");
        var kept = new List<(double Loss, double[] Weights)>();
        Trainer.Fit(_vae, new Elbo(), data, data, new() { Epochs = 6, BatchSize = 20, LearningRate = 0.3 }, [best, new Recorder(kept)]);
        best.Restore();
        _vae.parameters().SelectMany(parameter => parameter.Values()).Should().Equal(kept.MinBy(epoch => epoch.Loss).Weights);
    }

    [Fact]
    public void Of_epochs_that_are_all_of_the_warm_up_the_latest_is_put_back()
    {
        using var data = new TensorData(torch.rand(40, 6));
        using var best = new BestWeights<Vae>(_vae);
        var kept = new List<(double Loss, double[] Weights)>();
        var warming = new Elbo(new() { WarmUp = BetaWarmUp.OverEpochs(3) });
        Trainer.Fit(_vae, warming, data, data, new() { Epochs = 3, BatchSize = 20, LearningRate = 0.3 }, [best, new Recorder(kept)]);
        best.Restore();
        _vae.parameters().SelectMany(parameter => parameter.Values()).Should().Equal(kept[^1].Weights);
    }

    private static Vae Pointed()
        => new(new PointEncoder(), new MlpDecoder(2, [5], ObservationModel.Gaussian(0.5, 6)), new StandardNormalPrior(2));

    private Dictionary<string, double> Terms(Objective<Vae> objective, out double loss, Func<Encoder, Prior>? prior = null)
    {
        using var other = prior is null ? null : new Vae(
            new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Gaussian(0.5, 6)), prior(_vae.Encoder));
        using var seed = SeedScope.Begin(11);
        var result = objective.Compute(other ?? _vae, _batch);
        loss = result.Loss.ToDouble();
        return result.Terms.ToDictionary(term => term.Name, term => term.Read());
    }

    private sealed class Recorder(List<(double Loss, double[] Weights)> epochs) : ITrainingCallback<Vae>
    {
        public void EpochEnded(Vae model, EpochSummary summary) => epochs.Add(
            (summary.ValidationLoss!.Value, [.. model.parameters().SelectMany(parameter => parameter.Values())]));
    }

    private sealed class PointEncoder : Encoder
    {
        private readonly TorchSharp.Modules.Linear _layer = torch.nn.Linear(6, 2);

        public PointEncoder()
            : base(nameof(PointEncoder)) => register_module("layer", _layer);

        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => new PointMass(_layer.forward(input));
    }
}
