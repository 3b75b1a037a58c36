using TorchSharp;

namespace VaeToolkit.Molecules;

/// <summary>
/// The ball of latent vectors in which a search stays: outside of where the data are, decoders make strings that are no molecules, and a
/// surrogate knows nothing (Griffiths &amp; Hernández-Lobato 2020).
/// </summary>
public sealed class LatentRegion
{
    private readonly double[] _centre;

    private LatentRegion(double[] centre, double radius) => (_centre, Radius) = (centre, radius);

    /// <summary>The ball's radius.</summary>
    public double Radius { get; }

    /// <summary>Latent features Z.</summary>
    public int LatentSize => _centre.Length;

    /// <summary>
    /// The ball around 0 that holds a share of a standard normal prior: its radius is the share's quantile of the χ distribution with Z
    /// degrees of freedom.
    /// </summary>
    /// <param name="latentSize">Z, at least 1.</param>
    /// <param name="share">The share, between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static LatentRegion OfPrior(int latentSize, double share = 0.95)
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        RequireShare(share);
        return new(new double[latentSize], ChiQuantile.Of(latentSize, share));
    }

    /// <summary>The ball around the mean of latent vectors that holds a share of them.</summary>
    /// <param name="latents">Latent vectors <c>[N, Z]</c>, such as the posterior means of the data.</param>
    /// <param name="share">The share, between 0 and 1.</param>
    /// <exception cref="ArgumentException">The latent vectors have another shape, or are not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of its range.</exception>
    public static LatentRegion OfData(torch.Tensor latents, double share = 0.95)
    {
        ArgumentNullException.ThrowIfNull(latents);
        RequireShare(share);
        if (latents.Dimensions != 2 || latents.shape[0] == 0)
            throw new ArgumentException($"latents has shape {Shape.Text(latents)}; it must be [N, Z]", nameof(latents));
        Shape.RequireFinite(latents, nameof(latents));
        using var scope = torch.NewDisposeScope();
        var wide = latents.detach().to(torch.float64, torch.CPU);
        var centre = wide.mean([0L]);
        var from = wide - centre;
        // In units of the largest, whose square there may be no number for.
        var unit = from.abs().max().ToDouble() is var largest and > 0 ? largest : 1;
        var distances = (from / unit).square().sum(1).sqrt();
        return new(
            centre.data<double>().ToArray(), distances.quantile(torch.tensor(share, torch.float64, torch.CPU)).ToDouble() * unit);
    }

    /// <summary>The nearest points of the ball: those that are inside stay, others come to its surface.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c>.</param>
    /// <returns><c>[N, Z]</c>.</returns>
    /// <exception cref="ArgumentException">The latent vectors have another size, or one is NaN or infinite.</exception>
    public torch.Tensor Nearest(torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        Shape.RequireFinite(z, nameof(z));
        using var scope = torch.NewDisposeScope();
        if (!z.is_floating_point())
            z = z.to(torch.get_default_dtype());
        var centre = torch.tensor(_centre, dtype: z.dtype, device: z.device);
        var from = z - centre;
        // The direction comes first: squares may be too large or too small for the type.
        var largest = from.abs().amax([-1L], keepdim: true);
        var part = from / largest;
        var length = part.square().sum(-1, keepdim: true).sqrt();
        return torch.where(largest * length > Radius, centre + part / length * Radius, z).MoveToOuterDisposeScope();
    }

    /// <summary>The radius and the number of features.</summary>
    public override string ToString() => FormattableString.Invariant($"a ball of radius {Radius:F3} in {LatentSize} latent features");

    private static void RequireShare(double share)
    {
        if (share is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "the share must be between 0 and 1");
    }
}
