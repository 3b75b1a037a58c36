using TorchSharp;

namespace VaeToolkit.Mega.Moments;

/// <summary>
/// Mean and scatter of a stream of rows by Chan's parallel update, and the sum of the squared norms of their second moments.
/// </summary>
internal sealed class MomentAccumulator : IDisposable
{
    internal const long BlockRows = 4096;

    private torch.Tensor? _mean;
    private torch.Tensor? _scatter;

    internal long Count { get; private set; }

    /// <summary>Σ ‖Gᵢ‖², where Gᵢ is xᵀx of a row, or V + μᵀμ of a draw.</summary>
    internal double SquaredNorms { get; private set; }

    /// <summary>Adds data rows; their own second moment is xᵀx.</summary>
    internal void AddRows(torch.Tensor rows, long firstRow)
    {
        using var scope = torch.NewDisposeScope();
        var values = Block(rows, firstRow);
        SquaredNorms += values.square().sum(dim: 1).square().sum().ToDouble();
        Add(values, null);
    }

    /// <summary>Adds draws of a model: μᵢ with the sum of their conditional covariances.</summary>
    internal void AddDraws(ConditionalMoments draws)
    {
        using var scope = torch.NewDisposeScope();
        SquaredNorms += draws.SquaredNorms();
        Add(draws.Means, draws.CovarianceSum());
    }

    /// <summary>The moments of everything added, with divisor n.</summary>
    internal SecondMoments Moments()
    {
        using var scope = torch.NewDisposeScope();
        return new(Rows.Vector(_mean!), Rows.Matrix(_scatter! / (double)Count));
    }

    public void Dispose()
    {
        _mean?.Dispose();
        _scatter?.Dispose();
    }

    private static torch.Tensor Block(torch.Tensor rows, long firstRow)
    {
        var values = rows.detach().cpu().to(torch.float64).reshape(rows.shape[0], -1);
        if (values.isfinite().all().ToBoolean())
            return values;
        var counts = Rows.Values(values.isfinite().to(torch.float64).sum(dim: 1));
        var bad = Array.FindIndex(counts, count => count < values.shape[1]);
        throw new ArgumentException($"data holds NaN or infinity in row {firstRow + bad}; every value must be finite", nameof(rows));
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
        if (_mean is not null)
        {
            var shift = blockMean - _mean;
            scatter = scatter + _scatter! + shift.unsqueeze(1).mm(shift.unsqueeze(0)) * ((double)Count * rows / (Count + rows));
            mean = _mean + shift * ((double)rows / (Count + rows));
        }
        Dispose();
        (_mean, _scatter) = (mean.DetachFromDisposeScope(), scatter.DetachFromDisposeScope());
        Count += rows;
    }
}
