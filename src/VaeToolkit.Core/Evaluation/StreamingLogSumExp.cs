using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>
/// log Σ exp(w) and the effective sample size (Σ eʷ)² / Σ e²ʷ of log-weights that come in chunks, for N items at once, in float64.
/// Its memory does not depend on the number of samples.
/// </summary>
internal sealed class StreamingLogSumExp : IDisposable
{
    private torch.Tensor? _logSum;
    private torch.Tensor? _logSumOfSquares;

    /// <summary>Adds log-weights <c>[k, N]</c>.</summary>
    internal void Add(torch.Tensor logWeights)
    {
        using var scope = torch.NewDisposeScope();
        var w = logWeights.to(torch.float64);
        Accumulate(ref _logSum, w.logsumexp(0));
        Accumulate(ref _logSumOfSquares, (w * 2).logsumexp(0));
    }

    /// <summary>log (1/K) Σ exp(w) of every item, <c>[N]</c>.</summary>
    internal double[] LogMean(int samples) => Read(_logSum!).Select(value => value - Math.Log(samples)).ToArray();

    /// <summary>(Σ eʷ)² / Σ e²ʷ of every item.</summary>
    internal double[] EffectiveSampleSize()
        => Read(_logSum!).Zip(Read(_logSumOfSquares!), (sum, squares) => Math.Exp(2 * sum - squares)).ToArray();

    public void Dispose()
    {
        _logSum?.Dispose();
        _logSumOfSquares?.Dispose();
    }

    private static void Accumulate(ref torch.Tensor? total, torch.Tensor chunk)
    {
        var next = (total is null ? chunk : torch.logaddexp(total, chunk)).DetachFromDisposeScope();
        total?.Dispose();
        total = next;
    }

    private static double[] Read(torch.Tensor tensor)
    {
        using var onHost = tensor.cpu();
        using var accessor = onHost.data<double>();
        return accessor.ToArray();
    }
}
