using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>EM of probabilistic PCA where values are missing (NaN): over what is observed, all rows at once.</summary>
internal sealed class MissingValueEm
{
    private readonly torch.Tensor _rows;
    private readonly torch.Tensor _observed;
    private readonly double _entries;

    /// <summary>Rows <c>[N, D]</c>, standardised; what is made of them lives in the caller's dispose scope.</summary>
    internal MissingValueEm(torch.Tensor rows)
    {
        var missing = rows.isnan();
        _observed = missing.logical_not().to(torch.float64);
        _rows = rows.masked_fill(missing, 0);
        _entries = _observed.sum().ToDouble();
        var empty = Array.IndexOf(Rows.Values(_observed.sum(dim: 1)), 0);
        if (empty >= 0)
            throw new ArgumentException($"row {empty} has no observed value; leave it out", nameof(rows));
        var unseen = Array.IndexOf(Rows.Values(_observed.sum(dim: 0)), 0);
        if (unseen >= 0)
            throw new ArgumentException($"column {unseen} has no observed value; leave it out", nameof(rows));
    }

    internal EmRun<ProbabilisticPca> Run(ProbabilisticPca start, EmOptions options, CancellationToken cancellationToken)
        => options.Run(start, LogLikelihood(start), start.Dimension, Next, cancellationToken);

    private (ProbabilisticPca, double) Next(ProbabilisticPca model)
    {
        using var scope = torch.NewDisposeScope();
        var (count, size) = (_rows.shape[0], model.LatentSize);
        var (means, covariances, _) = Posterior(model);
        // The latent vector with a 1 at its end: the mean is one more column of W.
        var latent = torch.cat([means, torch.ones([count, 1L], torch.float64, torch.CPU)], 1);
        var uncertain = torch.nn.functional.pad(covariances, [0, 1, 0, 1]).flatten(1);
        var second = (latent.unsqueeze(2) * latent.unsqueeze(1)).flatten(1) + uncertain;
        var moments = _observed.t().mm(second).reshape(-1, size + 1, size + 1);
        var cross = _rows.t().mm(latent).unsqueeze(2);
        var solved = cross.cholesky_solve(torch.linalg.cholesky(moments));
        var loadings = solved.squeeze(2);
        // In squares of residuals: as a difference of sums of squares the noise would be lost to rounding.
        var residuals = (_rows - latent.mm(loadings.t())) * _observed;
        var spread = _observed.t().mm(uncertain).reshape(-1, size + 1, size + 1);
        var error = residuals.square().sum() + solved.transpose(1, 2).bmm(spread).bmm(solved).sum();
        var next = new ProbabilisticPca(
            Rows.Vector(loadings.select(1, size)), Rows.Matrix(loadings.narrow(1, 0, size)),
            ProbabilisticPca.RequireNoise(error.ToDouble() / _entries, model.Dimension, size));
        return (next, LogLikelihood(next));
    }

    private double LogLikelihood(ProbabilisticPca model)
    {
        using var scope = torch.NewDisposeScope();
        return Posterior(model).LogEvidence.mean().ToDouble();
    }

    // p(z | what is observed) of every row, its means [N, q] and covariances [N, q, q], and log p(what is observed) [N].
    private (torch.Tensor Means, torch.Tensor Covariances, torch.Tensor LogEvidence) Posterior(ProbabilisticPca model)
    {
        var (size, noise) = (model.LatentSize, model.NoiseVariance);
        var weights = Rows.Tensor(model.Weights);
        var centred = (_rows - Rows.Tensor(model.MeanVector)) * _observed;
        var identity = torch.eye(size, dtype: torch.float64, device: torch.CPU);
        var products = (weights.unsqueeze(2) * weights.unsqueeze(1)).flatten(1);
        var factors = torch.linalg.cholesky(_observed.mm(products).reshape(-1, size, size) / noise + identity);
        var means = (centred.mm(weights) / noise).unsqueeze(2).cholesky_solve(factors).squeeze(2);
        var covariances = identity.expand_as(factors).cholesky_solve(factors);
        var residuals = (centred - means.mm(weights.t())) * _observed;
        var constant = _observed.sum(dim: 1) * Math.Log(2 * Math.PI * noise)
            + factors.diagonal(0, 1, 2).log().sum(dim: 1) * 2;
        var evidence = (constant + residuals.square().sum(dim: 1) / noise + means.square().sum(dim: 1)) * -0.5;
        return (means, covariances, evidence);
    }
}
