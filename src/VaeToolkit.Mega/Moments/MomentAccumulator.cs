using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// Mean and scatter of a stream of rows by Chan's parallel update. Rows are taken as differences from an origin near them, which the caller
/// owns, so that nothing is lost to cancellation where they lie far from zero.
/// </summary>
internal sealed class MomentAccumulator(torch.Tensor origin) : IDisposable
{
    private torch.Tensor? _shift;
    private torch.Tensor? _scatter;

    internal long Count { get; private set; }

    /// <summary>Adds data rows.</summary>
    internal void AddRows(torch.Tensor rows)
    {
        using var scope = torch.NewDisposeScope();
        Add(rows - origin, null);
    }

    /// <summary>Adds draws of a model: μᵢ with the sum of their conditional covariances.</summary>
    internal void AddDraws(ConditionalMoments draws)
    {
        using var scope = torch.NewDisposeScope();
        SquaredNorms += draws.SquaredNorms(origin);
        Add(draws.Means - origin, draws.CovarianceSum());
    }

    /// <summary>With o the origin, Σ ‖Gᵢ − oᵀo‖² over the draws, where Gᵢ = V + μᵀμ.</summary>
    internal double SquaredNorms { get; private set; }

    /// <summary>Of everything added, the mean's difference from the origin, and the covariance with divisor n.</summary>
    internal SecondMoments AboutOrigin()
    {
        using var scope = torch.NewDisposeScope();
        return new(Rows.Vector(_shift!), Rows.Matrix(_scatter! / (double)Count));
    }

    /// <summary>The moments of everything added, with divisor n.</summary>
    internal SecondMoments Moments()
    {
        var about = AboutOrigin();
        return about with { Mean = Rows.Vector(origin) + about.Mean };
    }

    public void Dispose()
    {
        _shift?.Dispose();
        _scatter?.Dispose();
    }

    private void Add(torch.Tensor means, torch.Tensor? covarianceSum)
    {
        var rows = means.shape[0];
        var blockMean = means.mean([0L]);
        var centred = means - blockMean;
        var scatter = centred.t().mm(centred);
        if (covarianceSum is not null)
            scatter = scatter + covarianceSum;
        var mean = blockMean;
        if (_shift is not null)
        {
            var step = blockMean - _shift;
            scatter = scatter + _scatter! + step.unsqueeze(1).mm(step.unsqueeze(0)) * ((double)Count * rows / (Count + rows));
            mean = _shift + step * ((double)rows / (Count + rows));
        }
        Dispose();
        (_shift, _scatter) = (mean.DetachFromDisposeScope(), scatter.DetachFromDisposeScope());
        Count += rows;
    }
}
