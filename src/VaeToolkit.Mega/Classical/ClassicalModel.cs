using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// A model with an exact log-likelihood and exact moments. Everything is float64; log-likelihoods are in nats. It computes on the CPU: rows
/// may be on any device, and results are on the CPU.
/// </summary>
public abstract class ClassicalModel : LatentVariableModel
{
    /// <summary>Number of free parameters p.</summary>
    public abstract int ParameterCount { get; }

    /// <summary>E[x] and Var[x] in closed form.</summary>
    public abstract override SecondMoments ExactMoments { get; }

    /// <summary>log p(x) of every row.</summary>
    /// <param name="x">Rows <c>[N, D]</c>.</param>
    /// <returns><c>[N]</c>, float64, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">Another D, or NaN or infinity: the message names the row.</exception>
    public torch.Tensor LogProb(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return RowLogProb(Rows.Checked(x, Dimension, nameof(x))).MoveToOuterDisposeScope();
    }

    /// <summary>Σ log p(x) over the rows, in nats.</summary>
    /// <param name="x">Rows <c>[N, D]</c>.</param>
    /// <exception cref="ArgumentException">As <see cref="LogProb"/>.</exception>
    public double LogLikelihood(torch.Tensor x)
    {
        using var values = LogProb(x);
        using var total = values.sum();
        return total.ToDouble();
    }

    /// <summary>Akaike's criterion 2p − 2l; smaller is better.</summary>
    /// <param name="x">Rows <c>[N, D]</c> to which the model was fitted.</param>
    public double Aic(torch.Tensor x) => 2 * ParameterCount - 2 * LogLikelihood(x);

    /// <summary>The Bayesian criterion p ln n − 2l; smaller is better (mclust prints its negative).</summary>
    /// <param name="x">Rows <c>[N, D]</c> to which the model was fitted.</param>
    public double Bic(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return ParameterCount * Math.Log(x.shape[0]) - 2 * LogLikelihood(x);
    }

    /// <summary>Draws rows by ancestral sampling with torch's default generator.</summary>
    /// <param name="count">N, at least 1.</param>
    /// <returns><c>[N, D]</c>, float64, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public torch.Tensor Sample(int count)
    {
        Shape.RequirePositive(count, "the number of rows", nameof(count));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return DrawRows(count).MoveToOuterDisposeScope();
    }

    /// <summary>What is to be known before a model that was fitted to so many rows is used; a sentence each.</summary>
    internal virtual IEnumerable<string> Findings(long rows) => [];

    private protected abstract torch.Tensor RowLogProb(torch.Tensor x);

    private protected abstract torch.Tensor DrawRows(int count);
}
