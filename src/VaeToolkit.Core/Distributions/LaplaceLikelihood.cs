using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Independent Laplace values, log p(x|z) = −Σ (|x − μ| / b + log 2b), with one fixed scale or a log-scale for each value. Its mean
/// is also its median, and outliers cost it less than they cost a normal.
/// </summary>
public sealed class LaplaceLikelihood : FactorisedLikelihood
{
    private readonly torch.Tensor? _logScale;
    private readonly double _fixedScale;

    /// <summary>Values with one fixed scale.</summary>
    /// <param name="location">μ, <c>[N, *item]</c> or <c>[K, N, *item]</c>.</param>
    /// <param name="scale">b, above zero.</param>
    /// <param name="itemRank">Number of axes of an item.</param>
    /// <exception cref="ArgumentException">The rank does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="scale"/> is not a positive number, or too small to be
    /// divided by.</exception>
    public LaplaceLikelihood(torch.Tensor location, double scale, int itemRank = 1)
        : base(location, itemRank)
        => (Mean, _fixedScale) = (location, FixedScale.Require(scale, nameof(scale), "the scale"));

    /// <summary>Values with a log-scale each.</summary>
    /// <param name="location">μ, <c>[N, *item]</c> or <c>[K, N, *item]</c>.</param>
    /// <param name="logScale">log b, in the shape of <paramref name="location"/>.</param>
    /// <param name="itemRank">Number of axes of an item.</param>
    /// <exception cref="ArgumentException">The rank does not fit, or the shapes disagree.</exception>
    public LaplaceLikelihood(torch.Tensor location, torch.Tensor logScale, int itemRank = 1)
        : base(location, itemRank)
    {
        ArgumentNullException.ThrowIfNull(logScale);
        if (!location.shape.SequenceEqual(logScale.shape))
            throw new ArgumentException(
                $"location has shape {Shape.Text(location)}, logScale {Shape.Text(logScale)}; they must be the same", nameof(logScale));
        (Mean, _logScale) = (location, logScale);
    }

    /// <inheritdoc/>
    public override torch.Tensor Mean { get; }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<torch.Tensor> Parameters => _logScale is null ? [Mean] : [Mean, _logScale];

    /// <summary>2 b² of every value.</summary>
    public override torch.Tensor Variance
        => _logScale is null ? FixedScale.Like(Mean, 2 * _fixedScale * _fixedScale) : (_logScale * 2).exp() * 2;

    /// <inheritdoc/>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        // The difference of two exponential variables is a Laplace variable, exactly and without a logarithm of zero.
        var noise = Exponential() - Exponential();
        return Mean + (_logScale is null ? noise * _fixedScale : noise * _logScale.exp());
    }

    /// <inheritdoc/>
    protected override torch.Tensor FlatLogProb(torch.Tensor x)
    {
        var differences = x - Flatten(Mean);
        if (_logScale is null)
        {
            var normaliser = x.shape[1] * Math.Log(2 * _fixedScale);
            var slope = -1 / _fixedScale;
            var distances = (FixedScale.IsBeyond(slope, differences.dtype) ? FixedScale.Widened(differences) : differences).abs();
            return (ItemSum.InDouble(distances) * slope - normaliser).to(differences.dtype);
        }
        var logScale = Flatten(_logScale);
        // The slope of |x − μ| at μ is 0, which must not be multiplied with an infinity.
        var terms = InverseScale.Times(differences, logScale).abs() + logScale;
        return (-ItemSum.InDouble(terms) - x.shape[1] * Math.Log(2)).to(terms.dtype);
    }

    private torch.Tensor Exponential() => torch.empty_like(Mean).exponential_(1, NoiseSource.OfThisThread);
}
