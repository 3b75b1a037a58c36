using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// The deterministic limit, as a baseline: minimises −log p(x | z = E_q[z|x]), without noise and without a KL divergence. The one term is
/// <c>reconstruction</c>, in nats per item.
/// </summary>
public sealed class Autoencoder : Objective<Vae>
{
    /// <inheritdoc/>
    public override bool IsMeanOverItems => true;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        var likelihood = model.DecodeOfChecked(model.EncodeOfChecked(batch.Items).Mean);
        var reconstruction = -likelihood.LogProbOfChecked(batch.Items).mean();
        return new ObjectiveResult(reconstruction, new ObjectiveTerm("reconstruction", reconstruction));
    }

    /// <summary>The name.</summary>
    public override string ToString() => nameof(Autoencoder);
}
