using TorchSharp;

namespace VaeToolkit.DeepSurvival;

/// <summary>Draws latent vectors for patients and weighs them.</summary>
internal abstract class DrawSource
{
    /// <summary>
    /// Fills normalised weights and the Weibull distributions under every combination of treatments, for a block of patients.
    /// </summary>
    /// <param name="rows">The patients' rows <c>[B, W]</c>.</param>
    /// <param name="weights">A vector of L for each patient.</param>
    /// <param name="components">For each patient one a combination.</param>
    public abstract void Fill(torch.Tensor rows, Span<double[]> weights, Span<MixtureComponents[]> components);

    /// <summary>Weights in proportion to e^(log w), computed from their logarithms less the greatest. They add up to 1.</summary>
    /// <param name="logWeights"><c>[L, B]</c>.</param>
    /// <param name="weights">Where to.</param>
    protected static void Normalise(torch.Tensor logWeights, Span<double[]> weights)
        => TensorNumbers.Rows(logWeights.to(torch.float64).softmax(0).t()).CopyTo(weights);

    /// <summary>The Weibull distributions of latent vectors under every combination.</summary>
    /// <param name="model">The model.</param>
    /// <param name="z"><c>[L, Z]</c>.</param>
    protected static MixtureComponents[] Components(Savae model, torch.Tensor z)
        => [.. Enumerable.Range(0, model.Treatments.Count).Select(t => model.TimesUnder(t, z))
            .Select(times => new MixtureComponents(TensorNumbers.Vector(times.LogScale), TensorNumbers.Vector(times.Shape)))];
}
