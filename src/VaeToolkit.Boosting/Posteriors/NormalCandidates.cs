using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Boosting;

/// <summary>
/// Candidates with free parameters: a mean, log-deviations ρ on the diagonal and, for a full covariance, what lies below it.
/// </summary>
internal sealed class NormalCandidates : CandidateBatch
{
    private readonly Parameter _means;
    private readonly Parameter _logDeviations;
    private readonly Parameter? _lower;
    private readonly NormalStart _start;

    /// <summary>Draws R starting points from torch's generator.</summary>
    internal NormalCandidates(int count, long size, NormalStart start)
    {
        using var scope = torch.NewDisposeScope();
        _start = start;
        _means = Own(torch.randn([count, size], torch.float32, start.Device) * start.Spread);
        var (low, high) = (Math.Log(start.SmallestDeviation), Math.Log(start.LargestDeviation));
        _logDeviations = Own(torch.rand([count, 1L], torch.float32, start.Device).expand(count, size) * (high - low) + low);
        _lower = start.Covariance == ComponentCovariance.Full
            ? Own(torch.zeros_like(_means).unsqueeze(-1).expand(count, size, size))
            : null;
    }

    /// <summary>Copies R diagonal starting points, which stay between the start's least and largest deviations.</summary>
    internal NormalCandidates(DiagonalComponents from, NormalStart start)
    {
        using var scope = torch.NewDisposeScope();
        _start = start;
        _means = Own(from.Means);
        _logDeviations = Own(from.LogVariances * 0.5);
    }

    public override IReadOnlyList<Parameter> Parameters => _lower is null ? [_means, _logDeviations] : [_means, _logDeviations, _lower];

    public override NormalComponents Components()
    {
        var logDeviations = _logDeviations.clamp(Math.Log(_start.Minimum), Math.Log(_start.Maximum));
        if (_lower is null)
            return new DiagonalComponents(_means, logDeviations * 2);
        var identity = torch.eye(_means.shape[1], dtype: _means.dtype, device: _means.device);
        return new FullComponents(_means, _lower.tril(-1) + logDeviations.exp().unsqueeze(-1) * identity);
    }
}
