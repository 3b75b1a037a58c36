using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// The data's side of a differentiable gap: x̄ <c>[D]</c>, the covariance <c>[D, D]</c>, and its pairs' mean for the U-statistic. All of
/// it is less x̄ᵀx̄, which both sides share, so that nothing is lost to cancellation where the data are far from zero.
/// </summary>
internal sealed class MomentTarget(torch.Tensor mean, torch.Tensor covariance, torch.Tensor pairs, bool isKept) : IDisposable
{
    // Under the root, of the data's own size: the gradient of a norm at zero would be NaN.
    private const double Smoothing = 1e-12;

    private (torch.Tensor Mean, torch.Tensor Covariance, torch.Tensor Pairs)? _there;

    internal long Dimension => mean.shape[0];

    /// <summary>How large they are, to few digits: by these a resumed run's are told from others, and processors round alike.</summary>
    internal string Size
    {
        get
        {
            using var scope = torch.NewDisposeScope();
            var (length, trace) = (mean.to(torch.float64).norm().ToDouble(), covariance.trace().ToDouble());
            return FormattableString.Invariant($"a mean of length {length:G4}, a covariance of trace {trace:G4}");
        }
    }

    /// <summary>Moments kept for many steps, by the estimator that is unbiased; the target owns them.</summary>
    internal static MomentTarget Of(DataMoments data)
    {
        using var scope = torch.NewDisposeScope();
        return new(
            Rows.Tensor(data.Maximum.Mean).DetachFromDisposeScope(),
            Rows.Tensor(data.Maximum.Covariance).DetachFromDisposeScope(),
            torch.tensor(data.Pairs(data.Maximum.Covariance), torch.float64, torch.CPU).DetachFromDisposeScope(), isKept: true);
    }

    /// <summary>Moments of one batch, in the step's scope.</summary>
    internal static MomentTarget OfBatch(torch.Tensor items)
    {
        var rows = items.detach().reshape(items.shape[0], -1);
        if (rows.shape[0] < 2)
            throw new ArgumentException("the batch has one item; moments of a batch need at least two", nameof(items));
        var centre = rows.mean([0L]);
        var centred = rows - centre;
        var count = (double)rows.shape[0];
        var covariance = centred.t().mm(centred) / count;
        // Never read here: on another device every step would wait for it.
        var own = IndependentMoments.SquaredNorms(centred, torch.zeros_like(centred), centre);
        var pairs = (covariance.square().sum() * count - own / count) / (count - 1);
        return new(centre, covariance, pairs.to(torch.float64), isKept: false);
    }

    /// <summary>The term, from E[x|zᵢ] and Var[x|zᵢ], both <c>[m, D]</c>.</summary>
    internal torch.Tensor Gap(torch.Tensor means, torch.Tensor variances, MegaTerm term)
    {
        var (centre, scatter, meanOfPairs) = Like(means);
        var draws = means.shape[0];
        var centred = means - centre;
        var shift = centred.mean([0L]);
        var outer = centre.unsqueeze(1) * shift;
        var model = centred.t().mm(centred) / (double)draws + variances.mean([0L]).diag() + outer + outer.t();
        return term switch
        {
            MegaTerm.SecondOrder => SecondOrder(scatter, model),
            MegaTerm.SecondOrderSquared => (scatter - model).square().sum(),
            MegaTerm.FirstAndSecondOrder => SecondOrder(scatter, model) + Norm(shift, scatter.trace()),
            _ => Unbiased(centred, variances, centre, scatter, model, meanOfPairs),
        };
    }

    public void Dispose()
    {
        mean.Dispose();
        covariance.Dispose();
        pairs.Dispose();
        Forget();
    }

    // The draws' type is the model's, so that float32 models stay fast. Moments kept for many steps are sent to its device once.
    private (torch.Tensor Mean, torch.Tensor Covariance, torch.Tensor Pairs) Like(torch.Tensor draws)
    {
        if (!isKept)
            return (mean.to(draws.dtype, draws.device), covariance.to(draws.dtype, draws.device), pairs.to(draws.dtype, draws.device));
        if (_there is { } there && IsLike(there.Mean, draws))
            return there;
        Forget();
        torch.Tensor Moved(torch.Tensor tensor) => tensor.to(draws.dtype, draws.device, copy: true).DetachFromDisposeScope();
        var moved = (Moved(mean), Moved(covariance), Moved(pairs));
        _there = moved;
        return moved;
    }

    private static bool IsLike(torch.Tensor tensor, torch.Tensor draws)
        => tensor.dtype == draws.dtype && tensor.device_type == draws.device_type && tensor.device_index == draws.device_index;

    private void Forget()
    {
        _there?.Mean.Dispose();
        _there?.Covariance.Dispose();
        _there?.Pairs.Dispose();
        _there = null;
    }

    private static torch.Tensor SecondOrder(torch.Tensor data, torch.Tensor model) => Norm(data - model, data.square().sum());

    private static torch.Tensor Norm(torch.Tensor gap, torch.Tensor squaredSize)
        => (gap.square().sum() + (squaredSize * Smoothing).clamp_min(Least(gap.dtype))).sqrt();

    // For data that do not vary: normal numbers of the type.
    private static double Least(torch.ScalarType type) => type == torch.float64 ? 1e-300 : 1e-37;

    private static torch.Tensor Unbiased(
        torch.Tensor centred, torch.Tensor variances, torch.Tensor centre, torch.Tensor data, torch.Tensor model, torch.Tensor meanOfPairs)
    {
        var draws = (double)centred.shape[0];
        var own = IndependentMoments.SquaredNorms(centred, variances, centre);
        return (model.square().sum() * draws - own / draws) / (draws - 1) - (data * model).sum() * 2
            + meanOfPairs;
    }
}
