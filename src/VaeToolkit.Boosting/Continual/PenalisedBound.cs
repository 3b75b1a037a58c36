using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>The evidence lower bound and, in training, what the strategies add. Validation compares the bound alone.</summary>
internal sealed class PenalisedBound(IReadOnlyList<ContinualStrategy> strategies, int warmUpEpochs) : Objective<Vae>
{
    // Sampled for every prior, so that figures of priors with and without a closed form compare.
    private readonly Elbo _bound = new(new() { WarmUp = BetaWarmUp.OverEpochs(warmUpEpochs), Kl = KlEstimator.Sampled });

    private bool? _passesTogether;

    public override bool IsMeanOverItems => strategies.Count == 0;

    public override WarmUpPlan? WarmUpPlan => _bound.WarmUpPlan;

    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        // Here and not after a step: between epochs the trainer counts this objective's epochs only.
        _bound.EpochsFinished = EpochsFinished;
        _passesTogether ??= JointPass.Suits(model);
        return _passesTogether.Value ? ComputeTogether(model, batch)
            : WithPenalties(_bound.Compute(model, batch), strategy => strategy.Penalty(model));
    }

    private ObjectiveResult ComputeTogether(Vae model, Batch batch)
    {
        var regularisation = strategies.OfType<GeneratorRegularisation>().FirstOrDefault();
        var held = regularisation?.Held(model);
        using var pass = new JointPass(model, batch.Items, held);
        var bound = _bound.Compute(model, batch, pass.Posterior, pass.Decode);
        return WithPenalties(bound, strategy => strategy == regularisation
            ? held is null ? null : regularisation.Penalty(held, pass.Now!, pass.HeldDecoding!)
            : strategy.Penalty(model));
    }

    private ObjectiveResult WithPenalties(ObjectiveResult result, Func<ContinualStrategy, torch.Tensor?> penaltyOf)
    {
        foreach (var strategy in strategies)
        {
            if (penaltyOf(strategy) is { } penalty)
                result = new(result.Loss + penalty, [.. result.Terms, new ObjectiveTerm(strategy.Name, penalty)]);
        }
        return result;
    }

    public override ObjectiveResult ComputeForValidation(Vae model, Batch batch) => _bound.ComputeForValidation(model, batch);

    public override void AdvanceStep(IReadOnlyDictionary<string, double> terms)
    {
        base.AdvanceStep(terms);
        _bound.AdvanceStep(terms);
    }
}
