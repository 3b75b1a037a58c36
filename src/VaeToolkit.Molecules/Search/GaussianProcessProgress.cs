namespace VaeToolkit.Molecules;

/// <summary>Where <see cref="GaussianProcess.Fit"/> stands.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="LogMarginalLikelihood">The log marginal likelihood, in nats, of the parameters before the step.</param>
public readonly record struct GaussianProcessProgress(int Step, int Steps, double LogMarginalLikelihood)
{
    /// <summary>The step and the evidence.</summary>
    public override string ToString() => FormattableString.Invariant($"step {Step} of {Steps}: log evidence {LogMarginalLikelihood:F2}");
}
