using TorchSharp;

namespace VaeToolkit.Priors;

/// <summary>Latent vectors <c>[..., Z]</c> as rows, checked, and the way back for one number a row.</summary>
internal readonly struct LatentRows
{
    private readonly long[] _leading;

    internal LatentRows(torch.Tensor z, long latentSize)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireLastAxis(z, latentSize, "the latent size", nameof(z));
        _leading = z.shape[..^1];
        Rows = _leading.Length == 1 ? z : z.reshape(-1, latentSize);
    }

    /// <summary><c>[N, Z]</c>.</summary>
    internal torch.Tensor Rows { get; }

    /// <summary>Numbers <c>[N]</c> in the leading shape of the latent vectors.</summary>
    internal torch.Tensor Restore(torch.Tensor numbers) => _leading.Length == 1 ? numbers : numbers.reshape(_leading);
}
