using TorchSharp;
using VaeToolkit.Mega.Moments;

namespace VaeToolkit.Mega.Objectives;

/// <summary>
/// The data's side of a differentiable gap: x̄ <c>[D]</c>, the second moment <c>[D, D]</c>, and its pairs' mean for the U-statistic.
/// </summary>
internal sealed class MomentTarget(torch.Tensor mean, torch.Tensor second, torch.Tensor pairs) : IDisposable
{
    // Under the root: the gradient of a norm at zero would be NaN.
    private const double Smoothing = 1e-12;

    internal long Dimension => mean.shape[0];

    /// <summary>Moments kept for many steps, by the estimator that is unbiased; the target owns them.</summary>
    internal static MomentTarget Of(DataMoments data)
    {
        using var scope = torch.NewDisposeScope();
        var raw = data.Maximum.Raw();
        return new(
            Rows.Tensor(data.Maximum.Mean).DetachFromDisposeScope(),
            Rows.Tensor(raw).DetachFromDisposeScope(),
            Pairs(data.Count, Number(Math.Pow(Rows.FrobeniusNorm(raw), 2)), Number(data.FourthPowers)).DetachFromDisposeScope());
    }

    /// <summary>Moments of one batch, in the step's scope.</summary>
    internal static MomentTarget OfBatch(torch.Tensor items)
    {
        var rows = items.detach().reshape(items.shape[0], -1);
        if (rows.shape[0] < 2)
            throw new ArgumentException("the batch has one item; moments of a batch need at least two", nameof(items));
        var second = rows.t().mm(rows) / (double)rows.shape[0];
        // Never read here: on another device every step would wait for it.
        var squaredNorm = second.square().sum().to(torch.float64);
        var fourthPowers = rows.square().sum(dim: 1).square().sum().to(torch.float64);
        return new(rows.mean([0L]), second, Pairs(rows.shape[0], squaredNorm, fourthPowers));
    }

    /// <summary>The term, from E[x|zᵢ] and Var[x|zᵢ], both <c>[m, D]</c>.</summary>
    internal torch.Tensor Gap(torch.Tensor means, torch.Tensor variances, MegaTerm term)
    {
        // The draws' type is the model's, so that float32 models stay fast.
        var (centre, moment) = (mean.to(means.dtype).to(means.device), second.to(means.dtype).to(means.device));
        var draws = means.shape[0];
        var model = means.t().mm(means) / (double)draws + variances.mean([0L]).diag();
        return term switch
        {
            MegaTerm.SecondOrder => Norm(moment - model),
            MegaTerm.SecondOrderSquared => (moment - model).square().sum(),
            MegaTerm.FirstAndSecondOrder => Norm(moment - model) + Norm(centre - means.mean([0L])),
            _ => Unbiased(means, variances, moment, model),
        };
    }

    public void Dispose()
    {
        mean.Dispose();
        second.Dispose();
        pairs.Dispose();
    }

    private static torch.Tensor Pairs(double count, torch.Tensor squaredNorm, torch.Tensor fourthPowers)
        => (squaredNorm * count - fourthPowers / count) / (count - 1);

    private static torch.Tensor Number(double value) => torch.tensor(value, torch.float64, torch.CPU);

    private static torch.Tensor Norm(torch.Tensor gap) => (gap.square().sum() + Smoothing).sqrt();

    private torch.Tensor Unbiased(torch.Tensor means, torch.Tensor variances, torch.Tensor moment, torch.Tensor model)
    {
        var draws = (double)means.shape[0];
        var squares = means.square();
        var own = variances.square().sum() + (variances * squares).sum() * 2 + squares.sum(dim: 1).square().sum();
        return (model.square().sum() * draws - own / draws) / (draws - 1) - (moment * model).sum() * 2
            + pairs.to(means.dtype, means.device);
    }
}
