using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The bound of the information bottleneck that training minimises, in nats, averaged over pairs: w_R KL(q(z|x̃) ‖ r(z)) − w_I
/// E_q[log p(x|z)], with the two weights of a <see cref="BetaWeight"/> (Alemi et al. 2017, eq. 17). The first term is the rate R ≥ I(x̃;
/// z); the second is I_low(z; x) ≤ I(z; x) up to the target's entropy, which does not depend on the parameters.
/// </summary>
/// <remarks>Terms, in nats a pair: <c>distortion</c> is −E_q[log p(x|z)], <c>rate</c> the divergence, both before their
/// weights.</remarks>
public sealed class BottleneckObjective : Objective<InformationBottleneck>
{
    /// <summary>Makes the objective.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public BottleneckObjective(BottleneckOptions? options = null) => Options = (options ?? new()).Validated();

    /// <summary>The options.</summary>
    public BottleneckOptions Options { get; }

    /// <inheritdoc/>
    public override bool IsMeanOverItems => true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options);

    /// <summary>Targets outside of p(x|z)'s support.</summary>
    /// <param name="model">The model, in evaluation mode and without gradients.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public override string? ExplainOutsideSupport(InformationBottleneck model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        return model.ExplainOutsideSupport(batch.Items);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The pairs have another size than the model's views.</exception>
    public override ObjectiveResult Compute(InformationBottleneck model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        var reading = BottleneckReading.Of(model, batch.Items, Options.Samples);
        var (distortion, rate) = (-reading.LogLikelihood.mean(), reading.Rate.mean());
        return new ObjectiveResult(
            Weighted(distortion, Options.Beta.Reconstruction) + Weighted(rate, Options.Beta.Kl),
            new ObjectiveTerm("distortion", distortion),
            new ObjectiveTerm("rate", rate));
    }

    /// <summary>The objective and its weights.</summary>
    public override string ToString() => FormattableString.Invariant($"BottleneckObjective: {Options.Beta}, {Options.Samples} sample(s)");

    private static torch.Tensor Weighted(torch.Tensor term, double weight) => weight == 1 ? term : term * weight;
}
