using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The evidence lower bound of log p(x|y) for labelled items: minimises −E_q[log p(x|y,z)] + KL(q(z|x,y) ‖ p(z)), averaged over the
/// batch, in nats.
/// </summary>
/// <remarks>Terms, in nats per item: <c>reconstruction</c> and <c>kl</c>.</remarks>
public sealed class ConditionalElbo : Objective<ConditionalVae>
{
    private readonly LabelSpace _labels;
    private readonly ConditionalBound _bound;

    /// <summary>Makes the objective.</summary>
    /// <param name="labels">What a label can be.</param>
    /// <param name="samples">Samples of z an item, at least 1.</param>
    /// <param name="kl">How the divergence is taken.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1, or <paramref name="kl"/> none of the
    /// enumeration's values.</exception>
    public ConditionalElbo(LabelSpace labels, int samples = 1, KlEstimator kl = KlEstimator.ClosedForm)
    {
        ArgumentNullException.ThrowIfNull(labels);
        Shape.RequirePositive(samples, "the number of samples", nameof(samples));
        OptionRange.RequireKnown(kl, nameof(kl));
        (_labels, _bound) = (labels, new(samples, kl));
    }

    /// <inheritdoc/>
    public override bool IsMeanOverItems => true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(_bound, ("Labels", _labels));

    /// <summary>Items outside of p(x|y,z)'s support, and labels that are no classes.</summary>
    /// <param name="model">The model, in evaluation mode and without gradients.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public override string? ExplainOutsideSupport(ConditionalVae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        return _labels.ExplainUnknown(batch.Labels) ?? model.ExplainOutsideSupport(batch.Items);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch has no labels, or one is out of range, as <see cref="LabelSpace.Rows"/> looks at
    /// it.</exception>
    public override ObjectiveResult Compute(ConditionalVae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var classes = batch.Labels
            ?? throw new ArgumentException("the batch has no labels, on which the model is conditioned", nameof(batch));
        using var look = TrainingStep.LookUnlessComputed();
        var (logLikelihood, divergence) = _bound.Terms(model, batch.Items, _labels.Rows(classes, batch.Items.dtype));
        var (reconstruction, kl) = (-logLikelihood.mean(), divergence.mean());
        return new(reconstruction + kl, new ObjectiveTerm("reconstruction", reconstruction), new ObjectiveTerm("kl", kl));
    }

    /// <summary>The objective and its options.</summary>
    public override string ToString() => $"{nameof(ConditionalElbo)}: {_labels}, {_bound.Samples} sample(s)";
}
