using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>
/// One Hamiltonian Monte Carlo transition (Neal 2011) with unit mass for all chains of a batch, which leaves
/// p(x|z)^β p(z), normalised over z, as it is.
/// </summary>
internal sealed class HamiltonianTransition(Vae model, torch.Tensor x, int leapfrogSteps)
{
    /// <summary>Proposes and accepts or not.</summary>
    /// <param name="state">Where the chains are; left alone.</param>
    /// <param name="beta">β.</param>
    /// <param name="stepSizes">An item's step size, <c>[N]</c>.</param>
    /// <returns>Where they are next, and the probability with which each proposal was accepted, <c>[C, N]</c>.</returns>
    internal (AnnealedState Next, torch.Tensor Acceptance) Apply(AnnealedState state, double beta, torch.Tensor stepSizes)
    {
        using var scope = torch.NewDisposeScope();
        var step = stepSizes.unsqueeze(-1);
        var momentum = NoiseSource.Normal(state.Z.shape, state.Z, itemAxis: 1);
        var before = state.LogDensity(beta) - ItemSum.Of(momentum.square()) * 0.5;
        var proposal = state;
        for (var i = 0; i < leapfrogSteps; i++)
        {
            momentum = momentum + step * proposal.Gradient(beta) * 0.5;
            proposal = AnnealedState.At(model, x, proposal.Z + step * momentum);
            momentum = momentum + step * proposal.Gradient(beta) * 0.5;
        }
        var after = proposal.LogDensity(beta) - ItemSum.Of(momentum.square()) * 0.5;
        // Where a trajectory ran away its energy is not a number, and it is refused.
        var acceptance = (after - before).nan_to_num(double.NegativeInfinity).clamp_max(0).exp();
        var accepted = NoiseSource.Uniform(acceptance.shape, acceptance, itemAxis: 1).lt(acceptance);
        return (state.Replaced(accepted, proposal).MoveToOuterDisposeScope(), acceptance.MoveToOuterDisposeScope());
    }
}
