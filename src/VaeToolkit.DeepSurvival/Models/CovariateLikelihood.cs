using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// p(x|z) of covariates of all kinds, for latent vectors <c>[N]</c>, <c>[K, N]</c>, or <c>[K, 1]</c>, which are compared with every item.
/// </summary>
internal sealed class CovariateLikelihood : Likelihood
{
    // A normal covariate that is in truth discrete would otherwise let its variance vanish and its density grow without bound.
    internal const double VarianceFloor = 1e-3;
    internal const double LargestLogVariance = 15;

    // Draws of counts are whole numbers of 64 bits, and squares of gradients are numbers in float32.
    internal const double LargestLogRate = 40;

    // From here on log(1 + eˡ) equals l in float64 as well; the default of 20 would cost accuracy there.
    internal const double LinearFrom = 40;

    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    private readonly PatientLayout _layout;
    private readonly torch.Tensor[] _thresholds;
    private readonly torch.Tensor _means, _variances, _logits, _logRates, _locations;
    private readonly torch.Tensor[] _logShares;

    public CovariateLikelihood(PatientLayout layout, torch.Tensor raw, torch.Tensor[] thresholds)
    {
        (_layout, _thresholds) = (layout, thresholds);
        var at = 0L;
        _means = Take(layout.Numbers);
        _variances = Take(layout.Numbers).clamp_max(LargestLogVariance).exp() + VarianceFloor;
        _logits = Take(layout.Binaries);
        _logRates = Take(layout.Counts).clamp_max(LargestLogRate);
        _logShares = [.. layout.Categories.Select(levels => Take(levels).log_softmax(-1))];
        _locations = Take(layout.Ordinals.Count);

        torch.Tensor Take(long width)
        {
            at += width;
            return raw.narrow(-1, at - width, width);
        }
    }

    protected override IReadOnlyList<torch.Tensor> Parameters
        => [_means, _variances, _logits, _logRates, .. _logShares, _locations];

    public override torch.Tensor Mean => torch.cat(
        [_means, _logits.sigmoid(), _logRates.exp(), .. _logShares.Select(share => share.exp()),
            .. OrdinalLogShares().Select(share => share.exp())], dim: -1);

    public override torch.Tensor Variance
    {
        get
        {
            // σ(−l) is what is left to 1, with all its digits.
            var shares = _logShares.Concat(OrdinalLogShares()).Select(share => SpreadOf(share.exp()));
            return torch.cat([_variances, _logits.sigmoid() * (-_logits).sigmoid(), _logRates.exp(), .. shares], dim: -1);
        }
    }

    public override torch.Tensor LogProb(torch.Tensor x)
    {
        RequireWidth(x);
        RequireInSupport(x, nameof(x));
        return LogProbOfChecked(x);
    }

    public override torch.Tensor LogProbOfChecked(torch.Tensor x)
    {
        RequireWidth(x);
        if (TrainingStep.LooksAtItems)
            RequireInSupport(x, nameof(x));
        if (_means.Dimensions == 3 && _means.shape[1] == 1 && x.Dimensions == 2)
            return LogProbOfAll(x);
        var start = 0L;
        var total = SinglesLogProb(x, ref start);
        foreach (var share in _logShares.Concat(OrdinalLogShares()))
        {
            // A level's bits are all 0 where the covariate is missing, so its term is too.
            total = total + ItemSum.InDouble(share * x.narrow(-1, start, share.shape[^1]));
            start += share.shape[^1];
        }
        return total.to(x.dtype);
    }

    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        var levels = _logShares.Concat(OrdinalLogShares()).Select(share => OneHot(share.exp()));
        return torch.cat([_means + _variances.sqrt() * NoiseSource.NormalLike(_means),
            _logits.sigmoid().bernoulli(NoiseSource.OfThisThread), _logRates.exp().poisson(NoiseSource.OfThisThread), .. levels], dim: -1);
    }

    public override string? ExplainOutsideSupport(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        if (!x.isfinite().all().ToBoolean())
            return "some values are NaN or infinite";
        var binaries = x.narrow(-1, _layout.Numbers, _layout.Binaries);
        if (_layout.Binaries > 0 && (binaries.lt(0) | binaries.gt(1)).any().ToBoolean())
            return FormattableString.Invariant($"binaries must be in [0, 1], these are in {Range(binaries)}");
        var counts = x.narrow(-1, _layout.Numbers + _layout.Binaries, _layout.Counts);
        return _layout.Counts > 0 && counts.lt(0).any().ToBoolean()
            ? FormattableString.Invariant($"counts must be at least 0, these are in {Range(counts)}") : null;
    }

    private void RequireWidth(torch.Tensor x)
        => Shape.RequireLastAxis(x, _layout.TargetWidth + _layout.MaskWidth, "the width of targets and bits", nameof(x));

    private static string Range(torch.Tensor x) => FormattableString.Invariant($"[{x.min().ToDouble()}, {x.max().ToDouble()}]");

    /// <summary>
    /// ln p of every item under every latent vector, <c>[K, N]</c>: the log-densities are sums of products of a number of the item and one
    /// of the latent vector, so all of them are one product of matrices. A target is 0 where it is missing,
    /// and so are its square and its bit. Squares that are written out nearly cancel, so the product is taken in float64.
    /// </summary>
    private torch.Tensor LogProbOfAll(torch.Tensor x)
    {
        var type = ItemSum.WideType(x);
        var (targets, means, variances) = (x.to(type), _means.to(type), _variances.to(type));
        var numbers = targets.narrow(1, 0, _layout.Numbers);
        var counts = targets.narrow(1, _layout.Numbers + _layout.Binaries, _layout.Counts);
        var ofItems = torch.cat(
            [numbers.square(), targets.narrow(1, 0, _layout.TargetWidth), targets.narrow(1, _layout.MaskStart, _layout.Singles)], dim: 1);
        var precisions = 1 / variances;
        var normal = ((means.square() * precisions) + variances.log() + s_logTwoPi) * -0.5;
        var (logits, logRates) = (_logits.to(type), _logRates.to(type));
        var others = torch.cat([_logits, _logRates, .. _logShares, .. OrdinalLogShares()], dim: -1).to(type);
        var normalisers = torch.cat([-logits.softplus(1, LinearFrom), -logRates.exp()], dim: -1);
        var ofLatents = torch.cat([precisions * -0.5, means * precisions, others, normal, normalisers], dim: -1);
        return (ofLatents.squeeze(1).mm(ofItems.t()) - (counts + 1).lgamma().sum(1)).to(x.dtype);
    }

    private torch.Tensor SinglesLogProb(torch.Tensor x, ref long start)
    {
        var type = ItemSum.WideType(x);
        var terms = torch.cat([NormalTerms(Next(_layout.Numbers, ref start)).to(type),
            BinaryTerms(Next(_layout.Binaries, ref start)).to(type), CountTerms(Next(_layout.Counts, ref start))], dim: -1);
        return ItemSum.InDouble(terms * x.narrow(-1, _layout.MaskStart, _layout.Singles));

        torch.Tensor Next(long width, ref long at)
        {
            at += width;
            return x.narrow(-1, at - width, width);
        }
    }

    private torch.Tensor NormalTerms(torch.Tensor x) => ((x - _means).square() / _variances + _variances.log() + s_logTwoPi) * -0.5;

    private torch.Tensor BinaryTerms(torch.Tensor x) => x * _logits - _logits.softplus(1, LinearFrom);

    /// <summary>In float64: of a count of 250 000 each of the three is in the millions, and they cancel but for a few nats.</summary>
    private torch.Tensor CountTerms(torch.Tensor x)
    {
        var type = ItemSum.WideType(x);
        var (counts, logRates) = (x.to(type), _logRates.to(type));
        return counts * logRates - logRates.exp() - (counts + 1).lgamma();
    }

    /// <summary>
    /// ln p of every level by cumulative logits: P(x ≤ l) = σ(θ_l − η). An inner level's is σ(a) − σ(b) = σ(a) σ(−b) (1 −
    /// e^(b − a)), whose logarithm does not cancel.
    /// </summary>
    private IEnumerable<torch.Tensor> OrdinalLogShares()
    {
        for (var j = 0; j < _thresholds.Length; j++)
        {
            var (theta, steps) = (_thresholds[j], _thresholds[j].shape[0] - 1);
            var distance = theta - _locations.narrow(-1, j, 1);
            var (below, above) = (distance.log_sigmoid(), (-distance).log_sigmoid());
            var inner = below.narrow(-1, 1, steps) + above.narrow(-1, 0, steps)
                + (-(theta.narrow(0, 0, steps) - theta.narrow(0, 1, steps)).expm1()).log();
            yield return torch.cat([below.narrow(-1, 0, 1), inner, above.narrow(-1, steps, 1)], dim: -1);
        }
    }

    // p (1 − p). What is left to 1 of the largest share is the sum of the others, which has all its digits where that rounds to 1.
    private static torch.Tensor SpreadOf(torch.Tensor shares)
    {
        var largest = shares.argmax(-1, keepdim: true).eq(torch.arange(shares.shape[^1], dtype: torch.int64, device: shares.device));
        var others = shares.masked_fill(largest, 0).sum(-1, keepdim: true);
        return shares * torch.where(largest, others, 1 - shares);
    }

    private static torch.Tensor OneHot(torch.Tensor shares)
    {
        var drawn = shares.reshape(-1, shares.shape[^1]).multinomial(1, generator: NoiseSource.OfThisThread);
        var oneHot = torch.zeros([drawn.shape[0], shares.shape[^1]], dtype: shares.dtype, device: shares.device);
        return oneHot.scatter_(1, drawn, torch.ones_like(drawn).to(shares.dtype)).reshape(shares.shape);
    }
}
