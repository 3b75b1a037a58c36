using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Independent grey values k / 255, each under a mixture of M logistic distributions cut into 256 bins: p(x) = Σ_m π_m P_m(x), with the
/// P_m of <see cref="DiscretisedLogisticLikelihood"/> (Salimans et al. 2017, eq. 1 and 2, without their coupling of colours). A mixture
/// can have two modes, or a peak at black and white, where one logistic is a single bump.
/// </summary>
public sealed class DiscretisedLogisticMixtureLikelihood : FactorisedLikelihood
{
    private readonly int _componentAxis;
    private readonly int _itemRank;

    /// <summary>Makes the likelihood.</summary>
    /// <param name="logits">Logits of the weights π, <c>[N, M, *item]</c> or <c>[K, N, M, *item]</c>.</param>
    /// <param name="location">μ of every component, on the scale of the data, in the shape of <paramref name="logits"/>.</param>
    /// <param name="logScale">log s, in the same shape.</param>
    /// <param name="itemRank">Number of axes of an item.</param>
    /// <exception cref="ArgumentException">The rank does not fit, or the shapes disagree.</exception>
    public DiscretisedLogisticMixtureLikelihood(torch.Tensor logits, torch.Tensor location, torch.Tensor logScale, int itemRank = 1)
        : base(FirstComponent(logits, location, logScale, itemRank), itemRank)
    {
        (Logits, Location, LogScale, _itemRank) = (logits, location, logScale, itemRank);
        _componentAxis = (int)logits.Dimensions - itemRank - 1;
    }

    /// <summary>Logits of the weights, <c>[N, M, *item]</c> or <c>[K, N, M, *item]</c>.</summary>
    public torch.Tensor Logits { get; }

    /// <summary>μ of every component before the cut into bins, in the shape of <see cref="Logits"/>.</summary>
    public torch.Tensor Location { get; }

    /// <summary>log s of every component, in the shape of <see cref="Logits"/>.</summary>
    public torch.Tensor LogScale { get; }

    /// <summary>
    /// Σ π_m E_m[x], of the components' exact means. It takes 255 passes over M items: not for every training step.
    /// </summary>
    public override torch.Tensor Mean => Expected(Restored(Components().Mean));

    /// <summary>Σ π_m (Var_m[x] + (E_m[x] − E[x])²); it takes as long as <see cref="Mean"/>.</summary>
    public override torch.Tensor Variance
    {
        get
        {
            var components = Components();
            var means = Restored(components.Mean);
            return Expected(Restored(components.Variance) + (means - Expected(means).unsqueeze(_componentAxis)).square());
        }
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<torch.Tensor> Parameters => [Logits, Location, LogScale];

    /// <inheritdoc/>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        // The greatest of the logits with Gumbel noise on them is a draw of the component.
        var gumbel = -(-NoiseSource.UniformLike(Logits).log()).log();
        var component = (Logits + gumbel).argmax(_componentAxis, keepdim: true);
        return LogisticBins.Sample(Of(Location), Of(LogScale));

        torch.Tensor Of(torch.Tensor parameter) => parameter.gather(_componentAxis, component).squeeze(_componentAxis);
    }

    /// <inheritdoc/>
    protected override torch.Tensor FlatLogProb(torch.Tensor x) => ItemSum.Of(FlatLogProbByValue(x));

    private protected override torch.Tensor FlatLogProbByValue(torch.Tensor x)
    {
        var byComponent = LogisticBins.LogProb(x.unsqueeze(-2), FlatItems(Location), FlatItems(LogScale));
        return (FlatItems(Logits).log_softmax(-2) + byComponent).logsumexp(-2);
    }

    /// <inheritdoc/>
    protected override string? ExplainFiniteOutsideSupport(torch.Tensor x) => GreyLevels.Explain(x, "discretised logistic mixture");

    private torch.Tensor FlatItems(torch.Tensor parameter) => _itemRank == 1 ? parameter : parameter.flatten(_componentAxis + 1);

    // Every component as a likelihood of an item of its own.
    private DiscretisedLogisticLikelihood Components()
        => new(Location.flatten(0, _componentAxis), LogScale.flatten(0, _componentAxis), _itemRank);

    private torch.Tensor Restored(torch.Tensor byComponent) => byComponent.reshape(Location.shape);

    private torch.Tensor Expected(torch.Tensor values) => (Logits.softmax(_componentAxis) * values).sum(_componentAxis);

    private static torch.Tensor FirstComponent(torch.Tensor logits, torch.Tensor location, torch.Tensor logScale, int itemRank)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(logScale);
        var shape = logits.shape;
        if (itemRank < 1 || shape.Length - itemRank is not (2 or 3))
        {
            throw new ArgumentException(
                $"the logits have shape {Shape.Text(shape)}; it must be [N, M, ...] or [K, N, M, ...] before an item of {itemRank} axes",
                nameof(logits));
        }
        foreach (var (parameter, name) in new[] { (location, nameof(location)), (logScale, nameof(logScale)) })
        {
            if (!parameter.shape.SequenceEqual(shape))
                throw new ArgumentException(
                    $"the logits have shape {Shape.Text(shape)}, {name} {Shape.Text(parameter)}; they must be the same", name);
        }
        return logits.select(shape.Length - itemRank - 1, 0);
    }
}
