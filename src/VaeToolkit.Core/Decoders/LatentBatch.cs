using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c> as one batch of rows, and the way back: layers see one batch, whatever K is.
/// </summary>
public readonly struct LatentBatch
{
    private readonly long[] _leading;

    /// <summary>Takes the rows of latent vectors.</summary>
    /// <param name="z">Latent vectors, <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <param name="latentSize">Z.</param>
    /// <param name="name">The argument's name, for messages.</param>
    /// <exception cref="ArgumentException">Another number of axes, or a last axis that is not <paramref name="latentSize"/>
    /// long.</exception>
    public LatentBatch(torch.Tensor z, long latentSize, string name)
    {
        ArgumentNullException.ThrowIfNull(z, name);
        if (z.Dimensions is not (2 or 3) || z.shape[^1] != latentSize)
            throw new ArgumentException(
                $"{name} has shape {Shape.Text(z)}; the decoder takes [N, {latentSize}] or [K, N, {latentSize}]", name);
        _leading = z.shape[..^1];
        Rows = _leading.Length == 1 ? z : z.reshape(-1, latentSize);
    }

    /// <summary><c>[N, Z]</c> or <c>[K N, Z]</c>.</summary>
    public torch.Tensor Rows { get; }

    /// <summary>The shape of the latent vectors.</summary>
    public override string ToString() => $"latent vectors {Shape.Text(_leading.Append(Rows.shape[^1]))}";

    /// <summary>A decoded batch with its leading axes back: <c>[N, *rest]</c> or <c>[K, N, *rest]</c>.</summary>
    public torch.Tensor Restore(torch.Tensor rows, params ReadOnlySpan<long> rest)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.reshape([.. _leading, .. rest]);
    }
}
