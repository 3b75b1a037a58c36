using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Independent grey values k / 255 with a free probability for each of the 256 levels: log p(x|z) = Σ l_k − log Σ_j exp l_j with the
/// level k of every value. It can take any shape, and pays for it with 256 numbers a value.
/// </summary>
public sealed class CategoricalLikelihood : FactorisedLikelihood
{
    private readonly int _levelAxis;

    /// <summary>Makes the likelihood.</summary>
    /// <param name="logits">The logits l, <c>[N, 256, *item]</c> or <c>[K, N, 256, *item]</c>.</param>
    /// <param name="itemRank">Number of axes of an item.</param>
    /// <exception cref="ArgumentException">The rank does not fit, or there are not 256 levels.</exception>
    public CategoricalLikelihood(torch.Tensor logits, int itemRank = 1)
        : base(FirstLevel(logits, itemRank), itemRank)
    {
        Logits = logits;
        _levelAxis = (int)logits.Dimensions - itemRank - 1;
    }

    /// <summary>The logits l, <c>[N, 256, *item]</c> or <c>[K, N, 256, *item]</c>.</summary>
    public torch.Tensor Logits { get; }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<torch.Tensor> Parameters => [Logits];

    /// <inheritdoc/>
    public override torch.Tensor Mean => Expected(Levels());

    /// <inheritdoc/>
    public override torch.Tensor Variance => Expected((Levels() - Mean.unsqueeze(_levelAxis)).square());

    /// <inheritdoc/>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        // The levels last, as rows of probabilities.
        var rows = Logits.flatten(_levelAxis + 1).transpose(-1, -2);
        var level = rows.reshape(-1, GreyLevels.Count).softmax(-1).multinomial(1, generator: NoiseSource.OfThisThread).to(Logits.dtype);
        return level.reshape(Logits.select(_levelAxis, 0).shape) / GreyLevels.Highest;
    }

    /// <inheritdoc/>
    protected override torch.Tensor FlatLogProb(torch.Tensor x) => ItemSum.Of(FlatLogProbByValue(x));

    private protected override torch.Tensor FlatLogProbByValue(torch.Tensor x)
    {
        var logProbabilities = Logits.flatten(_levelAxis + 1).log_softmax(-2);
        var shape = logProbabilities.shape;
        shape[^2] = 1;
        var level = GreyLevels.Nearest(x).to(torch.int64).unsqueeze(-2).expand(shape);
        return logProbabilities.gather(-2, level).squeeze(-2);
    }

    /// <inheritdoc/>
    protected override string? ExplainFiniteOutsideSupport(torch.Tensor x) => GreyLevels.Explain(x, "categorical");

    private torch.Tensor Levels()
    {
        var axes = Enumerable.Repeat(1L, (int)Logits.Dimensions).ToArray();
        axes[_levelAxis] = GreyLevels.Count;
        return (torch.arange(0L, (long)GreyLevels.Count, Logits.dtype, Logits.device) / GreyLevels.Highest).reshape(axes);
    }

    private torch.Tensor Expected(torch.Tensor values) => (Logits.softmax(_levelAxis) * values).sum(_levelAxis);

    private static torch.Tensor FirstLevel(torch.Tensor logits, int itemRank)
    {
        ArgumentNullException.ThrowIfNull(logits);
        var shape = logits.shape;
        if (itemRank < 1 || shape.Length - itemRank is not (2 or 3) || shape[^(itemRank + 1)] != GreyLevels.Count)
        {
            throw new ArgumentException(
                $"the logits have shape {Shape.Text(shape)}; it must be [N, 256, ...] or [K, N, 256, ...] before an item of "
                + $"{itemRank} axes", nameof(logits));
        }
        return logits.select(shape.Length - itemRank - 1, 0);
    }
}
