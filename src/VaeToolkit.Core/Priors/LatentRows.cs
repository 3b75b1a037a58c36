using TorchSharp;

namespace VaeToolkit;

/// <summary>Latent vectors <c>[..., Z]</c> as rows, checked, and the way back for one number a row.</summary>
public readonly struct LatentRows
{
    private readonly long[] _leading;

    /// <summary>Takes the rows of latent vectors.</summary>
    /// <param name="z">Latent vectors <c>[..., Z]</c>.</param>
    /// <param name="latentSize">Z.</param>
    /// <exception cref="ArgumentException">The last axis is not <paramref name="latentSize"/> long.</exception>
    public LatentRows(torch.Tensor z, long latentSize)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireLastAxis(z, latentSize, "the latent size", nameof(z));
        _leading = z.shape[..^1];
        var rows = z.is_floating_point() ? z : z.to(torch.get_default_dtype());
        Rows = _leading.Length == 1 ? rows : rows.reshape(-1, latentSize);
    }

    /// <summary><c>[N, Z]</c>.</summary>
    public torch.Tensor Rows { get; }

    /// <summary>The shape of the latent vectors.</summary>
    public override string ToString() => $"latent vectors {Shape.Text(_leading.Append(Rows.shape[^1]))}";

    /// <summary>Numbers <c>[N]</c> in the leading shape of the latent vectors.</summary>
    public torch.Tensor Restore(torch.Tensor numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return _leading.Length == 1 ? numbers : numbers.reshape(_leading);
    }
}
