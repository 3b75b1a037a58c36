using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Independent normal values, log p(x|z) = −½ Σ ((x − μ)² / σ² + log σ² + log 2π), with one fixed variance, one
/// learned log-variance for all values, or a log-variance for each.
/// </summary>
/// <remarks>
/// With one variance for all values, contiguous float32 tensors on the CPU go through one fused pass, whose gradient is exact but cannot be
/// differentiated again; where second derivatives are needed, use float64.
/// </remarks>
public sealed class GaussianLikelihood : FactorisedLikelihood
{
    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);
    private readonly torch.Tensor? _logVariance;
    private readonly double _fixedVariance;

    /// <summary>Values with one fixed variance.</summary>
    /// <param name="mean">μ, <c>[N, *item]</c> or <c>[K, N, *item]</c>.</param>
    /// <param name="variance">σ², above zero.</param>
    /// <param name="itemRank">Number of axes of an item.</param>
    /// <exception cref="ArgumentException">The rank does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="variance"/> is not a positive number, or too small to
    /// be divided by.</exception>
    public GaussianLikelihood(torch.Tensor mean, double variance, int itemRank = 1)
        : base(mean, itemRank)
        => (Mean, _fixedVariance) = (mean, FixedScale.Require(variance, nameof(variance), "the variance"));

    /// <summary>Values with a log-variance each, or with one for all.</summary>
    /// <param name="mean">μ, <c>[N, *item]</c> or <c>[K, N, *item]</c>.</param>
    /// <param name="logVariance">log σ², in the shape of <paramref name="mean"/>, or one number.</param>
    /// <param name="itemRank">Number of axes of an item.</param>
    /// <exception cref="ArgumentException">The rank does not fit, or the shapes disagree.</exception>
    public GaussianLikelihood(torch.Tensor mean, torch.Tensor logVariance, int itemRank = 1)
        : base(mean, itemRank)
    {
        ArgumentNullException.ThrowIfNull(logVariance);
        if (logVariance.NumberOfElements != 1 && !mean.shape.SequenceEqual(logVariance.shape))
        {
            throw new ArgumentException(
                $"mean has shape {Shape.Text(mean)}, logVariance {Shape.Text(logVariance)}; they must be the same, or "
                + "logVariance one number", nameof(logVariance));
        }
        (Mean, _logVariance) = (mean, logVariance);
    }

    /// <inheritdoc/>
    public override torch.Tensor Mean { get; }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<torch.Tensor> Parameters => _logVariance is null ? [Mean] : [Mean, _logVariance];

    /// <inheritdoc/>
    public override torch.Tensor Variance => _logVariance?.exp().expand_as(Mean) ?? FixedScale.Like(Mean, _fixedVariance);

    /// <inheritdoc/>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        var noise = NoiseSource.NormalLike(Mean);
        // The root of a variance that is 0 or infinite in the type of the mean need not be so.
        return Mean + (_logVariance is null ? noise * Math.Sqrt(_fixedVariance) : Variance.sqrt() * noise);
    }

    /// <inheritdoc/>
    protected override torch.Tensor FlatLogProb(torch.Tensor x)
    {
        var mean = Flatten(Mean);
        if (_logVariance is null)
        {
            var normaliser = 0.5 * x.shape[1] * (s_logTwoPi + Math.Log(_fixedVariance));
            var slope = -0.5 / _fixedVariance;
            var squares = FixedScale.IsBeyond(slope, mean.dtype)
                ? SquaredErrorByOperators(FixedScale.Widened(mean), FixedScale.Widened(x)) : SquaredError(mean, x);
            return (squares * slope - normaliser).to(mean.dtype);
        }
        var isOne = _logVariance.NumberOfElements == 1;
        // Of one number the slope is that of the whole error, an infinite one times 0 at the mean: beyond the ends each value has its own.
        if (isOne && !InverseScale.LosesSlopes(mean.requires_grad ? mean : x, _logVariance))
        {
            var error = SquaredError(mean, x);
            var shared = _logVariance.reshape(1).to(error.dtype);
            return ((InverseScale.Times(error, shared) + (shared + s_logTwoPi) * x.shape[1]) * -0.5).to(mean.dtype);
        }
        var logVariance = isOne ? _logVariance.reshape(1).to(mean.dtype).expand_as(mean) : Flatten(_logVariance);
        var terms = InverseScale.OfSquare(x - mean, logVariance) + logVariance;
        return ((ItemSum.InDouble(terms) + x.shape[1] * s_logTwoPi) * -0.5).to(terms.dtype);
    }

    /// <summary>
    /// Σ (x − μ)² of every row in float64, <c>[N]</c> or <c>[K, N]</c>, from means <c>[N, D]</c> or <c>[K, N, D]</c> and items
    /// <c>[N, D]</c>.
    /// </summary>
    internal static torch.Tensor SquaredError(torch.Tensor mean, torch.Tensor x)
        => FastPaths.SquaredError(mean, x) ?? SquaredErrorByOperators(mean, x);

    /// <summary>The same by tensor operators, for every type and device.</summary>
    internal static torch.Tensor SquaredErrorByOperators(torch.Tensor mean, torch.Tensor x) => ItemSum.InDouble((x - mean).square());
}
