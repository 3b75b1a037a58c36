using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>
/// Where the chains of a batch are: z <c>[C, N, Z]</c>, log p(x|z) and log p(z) there <c>[C, N]</c>, and both their gradients by z. The two
/// are kept apart so that a change of temperature costs no evaluation.
/// </summary>
internal readonly record struct AnnealedState(
    torch.Tensor Z, torch.Tensor LogLikelihood, torch.Tensor LogPrior, torch.Tensor LikelihoodGradient, torch.Tensor PriorGradient)
{
    /// <summary>Evaluates the model at z. Its parameters must not require gradients.</summary>
    internal static AnnealedState At(Vae model, torch.Tensor x, torch.Tensor z)
    {
        using var scope = torch.NewDisposeScope();
        using var gradient = torch.enable_grad();
        var (one, other) = (z.detach().requires_grad_(), z.detach().requires_grad_());
        var logLikelihood = model.DecodeOfChecked(one).LogProbOfChecked(x);
        var logPrior = model.Prior.LogProbExplained(other);
        logLikelihood.sum().backward();
        logPrior.sum().backward();
        return new AnnealedState(one.detach(), logLikelihood.detach(), logPrior.detach(), one.grad!, other.grad!).MoveToOuterDisposeScope();
    }

    /// <summary>β log p(x|z) + log p(z), <c>[C, N]</c>.</summary>
    internal torch.Tensor LogDensity(double beta) => LogLikelihood * beta + LogPrior;

    /// <summary>The gradient of <see cref="LogDensity"/>.</summary>
    internal torch.Tensor Gradient(double beta) => LikelihoodGradient * beta + PriorGradient;

    /// <summary>The chains of another state where <paramref name="accepted"/> <c>[C, N]</c> holds, and of this one elsewhere.</summary>
    internal AnnealedState Replaced(torch.Tensor accepted, AnnealedState other)
    {
        var wide = accepted.unsqueeze(-1);
        return new(
            torch.where(wide, other.Z, Z),
            torch.where(accepted, other.LogLikelihood, LogLikelihood),
            torch.where(accepted, other.LogPrior, LogPrior),
            torch.where(wide, other.LikelihoodGradient, LikelihoodGradient),
            torch.where(wide, other.PriorGradient, PriorGradient));
    }

    internal AnnealedState MoveToOuterDisposeScope()
    {
        foreach (var tensor in Tensors)
            tensor.MoveToOuterDisposeScope();
        return this;
    }

    internal void Dispose()
    {
        foreach (var tensor in Tensors)
            tensor.Dispose();
    }

    private torch.Tensor[] Tensors => [Z, LogLikelihood, LogPrior, LikelihoodGradient, PriorGradient];
}
