using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// The Wasserstein autoencoder with a maximum mean discrepancy: minimises E c(x, E[x|z]) + λ MMD²(q(z), p(z)), where q(z) is the whole
/// batch's codes and not each item's (Tolstikhin et al. 2018, algorithm 2). The encoder may be deterministic (<see cref="PointMass"/>).
/// </summary>
/// <remarks>
/// Terms: <c>reconstruction</c>, the mean cost of an item, and <c>mmd</c>, MMD² before its weight. Both compare batches of the size that
/// training has.
/// </remarks>
public sealed class WaeMmd : Objective<Vae>
{
    // Of the error alone: the tolerance is not read.
    private static readonly ReconstructionConstraint s_squaredError = ReconstructionConstraint.SquaredErrorPerItem(1);

    /// <summary>Makes the objective.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public WaeMmd(WaeMmdOptions? options = null) => Options = (options ?? new()).Validated();

    /// <summary>The options.</summary>
    public WaeMmdOptions Options { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options);

    /// <summary>Two for the unbiased estimate.</summary>
    /// <param name="model">The model.</param>
    public override long SmallestBatch(Vae model) => Mmd.LeastOf(Options.Estimator);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The unbiased estimate is asked for of a batch of one item.</exception>
    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        var z = model.EncodeOfChecked(batch.Items).RSample().squeeze(0);
        var likelihood = model.DecodeOfChecked(z);
        var cost = (Options.Cost == ReconstructionCost.SquaredError
            ? s_squaredError.Error(likelihood, batch.Items) : -likelihood.LogProbOfChecked(batch.Items)).mean();
        var kernel = Options.Kernel ?? MmdKernel.InverseMultiquadratic(2.0 * model.LatentSize);
        var discrepancy = Mmd.Squared(z, model.SampleLatents(z.shape[0]).detach(), kernel, Options.Estimator);
        return new(cost + discrepancy * Options.Weight, new("reconstruction", cost), new ObjectiveTerm("mmd", discrepancy));
    }

    /// <summary>The objective and its options.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{nameof(WaeMmd)}: {Options.Cost} + {Options.Weight} × MMD² with {Options.Kernel?.ToString() ?? "the default kernel"}");
}
