using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Objectives;

public sealed class ElboTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly Vae _vae = new(
        new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
    private readonly Batch _batch = new(torch.rand(4, 6).gt(0.5).to(torch.float32));

    public void Dispose()
    {
        _vae.Dispose();
        _batch.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Loss_is_reconstruction_plus_beta_times_divergence()
    {
        var terms = Terms(new Elbo(new() { Beta = BetaWeight.OnKl(2.5) }), out var loss);
        loss.Should().BeApproximately(terms["reconstruction"] + 2.5 * terms["kl"], 1e-5);
        terms["beta"].Should().Be(2.5);
        terms.Keys.Should().Equal("reconstruction", "kl", "beta");
    }

    [Fact]
    public void Warm_up_over_steps_is_linear_and_validation_uses_the_final_weight()
    {
        var elbo = new Elbo(new() { Beta = BetaWeight.OnKl(2), WarmUp = BetaWarmUp.OverSteps(4) });
        var betas = new List<double>();
        for (var step = 0; step < 6; step++)
        {
            betas.Add(elbo.CurrentBeta);
            elbo.AdvanceStep(new Dictionary<string, double>());
        }
        betas.Should().Equal(0.5, 1.0, 1.5, 2.0, 2.0, 2.0);
        new Elbo(new() { Beta = BetaWeight.OnKl(2), WarmUp = BetaWarmUp.OverSteps(4) })
            .ComputeForValidation(_vae, _batch).Terms.Single(t => t.Name == "beta").Read().Should().Be(2);
    }

    [Fact]
    public void Warm_up_over_epochs_is_linear_and_survives_saving()
    {
        var elbo = new Elbo(new() { WarmUp = BetaWarmUp.OverEpochs(4) }) { EpochsFinished = 2 };
        elbo.CurrentBeta.Should().Be(0.75);
        var resumed = new Elbo(new() { WarmUp = BetaWarmUp.OverEpochs(4) });
        resumed.LoadState(elbo.SaveState());
        resumed.CurrentBeta.Should().Be(0.75);
    }

    [Fact]
    public void Weight_on_the_reconstruction_is_the_inverse_of_the_weight_on_the_divergence()
    {
        Terms(new Elbo(new() { Beta = BetaWeight.OnReconstruction(4) }), 6, out var onReconstruction);
        Terms(new Elbo(new() { Beta = BetaWeight.OnKl(0.25) }), 6, out var onKl);
        onReconstruction.Should().BeApproximately(4 * onKl, 1e-4 * Math.Abs(onKl), "−4 log p + KL = 4 (−log p + KL / 4)");
    }

    [Fact]
    public void Capacity_penalises_the_distance_from_a_rising_target()
    {
        var elbo = new Elbo(new() { Capacity = new KlCapacity(Maximum: 2, Steps: 4, Strength: 10) });
        for (var step = 0; step < 6; step++)
        {
            var terms = Terms(elbo, 7, out var loss);
            terms["capacity"].Should().BeApproximately(Math.Min(2, 0.5 * step), 1e-12);
            loss.Should().BeApproximately(terms["reconstruction"] + 10 * Math.Abs(terms["kl"] - terms["capacity"]), 1e-4);
            elbo.AdvanceStep(terms);
        }
        elbo.ComputeForValidation(_vae, _batch).Terms.Single(t => t.Name == "capacity").Read().Should().Be(2);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.05)]
    [InlineData(50.0)]
    public void Free_nats_are_a_floor_for_every_latent_feature(double floor)
    {
        var terms = Terms(new Elbo(new() { FreeNats = floor }), 8, out var loss);
        var byLatent = _vae.Prior.AnalyticKlByLatent(_vae.Encode(_batch.Items))!.mean([0L]).Values();
        terms["kl"].Should().BeApproximately(byLatent.Sum(), 1e-5);
        loss.Should().BeApproximately(terms["reconstruction"] + byLatent.Sum(kl => Math.Max(kl, floor)), 1e-4);
    }

    [Fact]
    public void Free_nats_need_a_divergence_in_closed_form()
    {
        FluentActions.Invoking(() => new Elbo(new() { FreeNats = 1, Kl = KlEstimator.Sampled })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new Elbo(new() { FreeNats = 1, Capacity = new(10, Steps: 5) }))
            .Should().Throw<ArgumentException>().WithMessage("*Capacity*");
        using var flow = new Vae(
            new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new RealNvpPrior(2, couplingLayers: 4));
        FluentActions.Invoking(() => new Elbo(new() { FreeNats = 1 }).Compute(flow, _batch))
            .Should().Throw<NotSupportedException>().WithMessage("*RealNvpPrior*");
    }

    [Fact]
    public void Sampled_and_closed_form_divergence_agree_in_expectation()
    {
        var closed = Terms(new Elbo(), out _)["kl"];
        var draws = Enumerable.Range(0, 300)
            .Select(_ => Terms(new Elbo(new() { Kl = KlEstimator.Sampled, Samples = 10 }), out var _)["kl_sampled"]).ToArray();
        var error = Math.Sqrt(draws.Select(d => (d - draws.Average()) * (d - draws.Average())).Average() / draws.Length);
        draws.Average().Should().BeApproximately(closed, 4 * error);
    }

    [Fact]
    public void Same_seed_gives_the_same_loss_and_another_seed_another()
    {
        double Loss(long seed)
        {
            using var scope = SeedScope.Begin(seed);
            return new Elbo().Compute(_vae, _batch).Loss.ToDouble();
        }
        Loss(5).Should().Be(Loss(5)).And.NotBe(Loss(6));
    }

    [Fact]
    public void Defaults_are_the_papers() => new ElboOptions()
        .Should().Be(new ElboOptions { Beta = BetaWeight.OnKl(1), WarmUp = null, Samples = 1, Kl = KlEstimator.ClosedForm });

    private Dictionary<string, double> Terms(Elbo elbo, long seed, out double loss)
    {
        using var scope = SeedScope.Begin(seed);
        return Terms(elbo, out loss);
    }

    private Dictionary<string, double> Terms(Elbo elbo, out double loss)
    {
        var result = elbo.Compute(_vae, _batch);
        loss = result.Loss.ToDouble();
        return result.Terms.ToDictionary(t => t.Name, t => t.Read());
    }
}
