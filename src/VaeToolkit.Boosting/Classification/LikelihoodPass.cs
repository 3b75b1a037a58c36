namespace VaeToolkit.Boosting;

/// <summary>How a pass over the data went.</summary>
/// <param name="Pass">Which, from 1.</param>
/// <param name="MeanLogLikelihood">The mean over its batches of log p(y | x, θ) an image, in nats,
/// under the weights' distribution as it was then.</param>
public sealed record LikelihoodPass(int Pass, double MeanLogLikelihood)
{
    /// <summary>The figures in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"pass {Pass}: {MeanLogLikelihood:F4} nats an image");
}
