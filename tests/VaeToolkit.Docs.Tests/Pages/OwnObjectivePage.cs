using TorchSharp;
using VaeToolkit;
using VaeToolkit.Training;

namespace Documentation.Pages;

#region
internal sealed class RampedBound(int steps, int samples = 1) : Objective<Vae>
{
    private readonly BetaWarmUp _ramp = BetaWarmUp.OverSteps(steps);

    public override bool IsMeanOverItems => true;

    public override WarmUpPlan? WarmUpPlan => new("weight", 1, _ramp);

    public override IReadOnlyDictionary<string, string> Settings
        => new Dictionary<string, string> { ["steps"] = $"{steps}", ["samples"] = $"{samples}" };

    public override ObjectiveResult Compute(Vae model, Batch batch) => Weighted(model, batch, _ramp.Factor(StepsTaken, EpochsFinished));

    public override ObjectiveResult ComputeForValidation(Vae model, Batch batch) => Weighted(model, batch, 1);

    private ObjectiveResult Weighted(Vae model, Batch batch, double weight)
    {
        var (z, logPosterior) = model.Encode(batch.Items).RSampleAndLogProb(samples);           // [K, N, Z] and [K, N]
        var error = -model.Decode(z).LogProb(batch.Items).mean();                               // of [K, N]
        var divergence = (logPosterior - model.Prior.LogProb(z)).mean();
        return new(
            error + divergence * weight,
            new ObjectiveTerm("error", error), new ObjectiveTerm("kl_sampled", divergence), new ObjectiveTerm("weight", weight));
    }
}
#endregion

#region
internal sealed class TargetedBound(double nats) : Objective<Vae>
{
    private double _weight = 1;

    public override bool IsMeanOverItems => true;

    public override IReadOnlyDictionary<string, string> Settings
        => new Dictionary<string, string> { ["nats"] = FormattableString.Invariant($"{nats:R}") };

    public override ObjectiveResult Compute(Vae model, Batch batch) => Weighted(model, batch, _weight);

    public override ObjectiveResult ComputeForValidation(Vae model, Batch batch) => Weighted(model, batch, 1);

    public override void AdvanceStep(IReadOnlyDictionary<string, double> terms)
    {
        base.AdvanceStep(terms);
        _weight *= Math.Exp(0.01 * Math.Clamp(terms["kl"] - nats, -10, 10));
    }

    public override Dictionary<string, double> SaveState() => new(base.SaveState()) { ["weight"] = _weight };

    public override void LoadState(IReadOnlyDictionary<string, double> state)
    {
        base.LoadState(state);
        _weight = state["weight"];
    }

    private static ObjectiveResult Weighted(Vae model, Batch batch, double weight)
    {
        var posterior = model.Encode(batch.Items);
        var error = -model.Decode(posterior.RSample()).LogProb(batch.Items).mean();
        var divergence = model.Prior.AnalyticKl(posterior)?.mean()
            ?? throw new NotSupportedException($"{model.Prior.GetName()} has no closed form for {posterior.GetType().Name}");
        return new(
            error + divergence * weight,
            new ObjectiveTerm("error", error), new ObjectiveTerm("kl", divergence), new ObjectiveTerm("weight", weight));
    }
}
#endregion

internal static class OwnObjectivePage
{
    public static ObjectiveResult Tight(Vae model, Batch batch, int samples)
    {
        #region
        var weights = ImportanceWeights.Draw(model, model.Encode(batch.Items), batch.Items, samples).Log();     // [K, N]
        var evidence = (weights.logsumexp(0) - Math.Log(samples)).mean();                                       // of [N]
        return new(-evidence, new ObjectiveTerm("evidence", evidence));
        #endregion
    }

    public static TrainingResult Train()
    {
        #region
        using var seed = SeedScope.Begin(1);
        using var digits = ImageData.SyntheticDigits(1000, 200, seed: 1);
        using var vae = new Vae(
            new MlpEncoder(784, 10, [128]), new MlpDecoder(10, [128], ObservationModel.Bernoulli(784)), new StandardNormalPrior(10));
        var result = Trainer.Fit(vae, new RampedBound(steps: 50), digits, digits.Test, new() { Epochs = 5, BatchSize = 50 });
        foreach (var epoch in result.History)
            Console.WriteLine($"{epoch.Epoch}: error {epoch.Terms["error"]:F1}, weight {epoch.Terms["weight"]:F2}");
        #endregion
        return result;
    }
}

#region
public sealed class OwnObjectiveTests
{
    [Fact]
    public void After_its_ramp_it_is_the_evidence_bound()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var batch = new Batch(torch.rand(20, 6));
        using var vae = Small();
        Assert.Equal(
            Loss(new Elbo(new() { Kl = KlEstimator.Sampled, Samples = 3 }), vae, batch),
            Loss(new RampedBound(10, samples: 3), vae, batch), 1e-4);
    }

    [Fact]
    public void It_passes_the_look_before_the_first_step()
    {
        using var seed = SeedScope.Begin(1);
        using var data = new TensorData(torch.rand(20, 6));
        using var vae = Small();
        PreFlight.Check(vae, new RampedBound(2), data, validation: null, new() { Epochs = 1, BatchSize = 10 });
    }

    [Fact]
    public void Its_state_goes_on_where_it_was_saved()
    {
        using var seed = SeedScope.Begin(1);
        using var data = new TensorData(torch.rand(20, 6));
        using var vae = Small();
        var (one, other) = (new TargetedBound(2), new TargetedBound(2));
        Trainer.Fit(vae, one, data, options: new() { Epochs = 2, BatchSize = 10 });
        other.LoadState(one.SaveState());
        Assert.Equal(one.SaveState(), other.SaveState());
        Assert.Equal(4, other.StepsTaken);
        Assert.NotEqual(1, other.SaveState()["weight"]);
    }

    private static double Loss(Objective<Vae> objective, Vae vae, Batch batch)
    {
        using var seed = SeedScope.Begin(1);
        return objective.ComputeForValidation(vae, batch).Loss.ToDouble();
    }

    private static Vae Small()
        => new(new MlpEncoder(6, 2, [8]), new MlpDecoder(2, [8], ObservationModel.Gaussian(1, 6)), new StandardNormalPrior(2));
}
#endregion
