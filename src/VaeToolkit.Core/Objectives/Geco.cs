using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// GECO (Rezende &amp; Viola, <i>Taming VAEs</i>, 2018, algorithm 1): minimises KL(q(z|x) ‖ p(z)) subject to E_q[C] ≤ 0 for constraints
/// C on the reconstruction, through the Lagrangian KL + Σ λ C, whose multipliers λ move by themselves.
/// </summary>
/// <remarks>
/// Terms: <c>kl</c> (or <c>kl_sampled</c>) and <c>reconstruction</c> (−E_q[log p(x|z)]) in nats per item; <c>constraint</c> is the moving
/// average C_ma, <c>constraint_batch</c> this batch's Ĉ, both in the unit of the error, and <c>lambda</c> the multiplier; with several
/// constraints their names follow. Validation reports the Lagrangian at the present multipliers with the constraint of the validation
/// items. The multipliers move between epochs, so compare epochs by <c>kl</c> and <c>constraint_batch</c>.
/// </remarks>
public sealed class Geco : ConstrainedObjective
{
    /// <summary>Makes the objective.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">There are no constraints, or two of one name.</exception>
    public Geco(GecoOptions? options = null)
        : base(options)
    {
    }

    private protected override ObjectiveResult Compute(Vae model, Batch batch, bool validating)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        var posterior = model.EncodeOfChecked(batch.Items);
        var closedForm = model.Prior.AnalyticKlExplained(posterior)?.mean();
        var (z, logPosterior) = closedForm is null ? posterior.RSampleAndLogProb() : (posterior.RSample(), null);
        var kl = closedForm ?? (logPosterior! - model.Prior.LogProbExplained(z)).mean();
        var likelihood = model.DecodeOfChecked(z);
        var (penalty, terms) = Constraints.Penalty(
            [.. Constraints.All.Select(c => c.Error(likelihood, batch.Items).mean() - c.Tolerance)], validating);
        return new ObjectiveResult(kl + penalty, [
            new ObjectiveTerm(closedForm is null ? "kl_sampled" : "kl", kl),
            new ObjectiveTerm("reconstruction", -likelihood.LogProbOfChecked(batch.Items).mean()),
            .. terms]);
    }
}
