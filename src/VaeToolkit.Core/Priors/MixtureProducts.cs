using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// A mixture of M diagonal normals made ready for points: with P = 1 / σ² the square expands to z² · P − 2 z · μP + μ² · P, so
/// all log-densities come from one matrix product. The terms can be much larger than their sum: rounding leaves an absolute error of
/// about ε Σ_d max(z², μ²) / σ², measured from the means' centre, which takes away what they have in common. So all of it is
/// float64, where ε is 10⁻¹⁶, and results are rounded once to the points' own type. Where <see cref="LosesDigits"/>, take
/// differences.
/// </summary>
/// <param name="Centre">The mean of the means, <c>[1, Z]</c>.</param>
/// <param name="Coefficients">−P/2 and μP, <c>[M, 2 Z]</c>, of z² and z.</param>
/// <param name="Constants">What does not depend on the point, log-weights included, <c>[M]</c>.</param>
public sealed record MixtureProducts(torch.Tensor Centre, torch.Tensor Coefficients, torch.Tensor Constants) : IDisposable
{
    // In nats.
    private const double MostRounding = 1e-6;
    private const double Epsilon = 2.2e-16;

    // e⁻⁶⁰ is far below double precision's rounding, and nothing that is reckoned with becomes subnormal.
    internal const double LeastLogShare = -60;
    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    /// <summary>From means and log-variances <c>[M, Z]</c> and log-weights <c>[M]</c>; gradients reach all of them.</summary>
    public static MixtureProducts Of(torch.Tensor means, torch.Tensor logVariances, torch.Tensor logWeights)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(logVariances);
        ArgumentNullException.ThrowIfNull(logWeights);
        var wide = ItemSum.WideType(means);
        var (centres, widths) = (means.to(wide), logVariances.to(wide));
        var centre = centres.detach().mean([0], keepdim: true);
        var locations = centres - centre;
        var precisions = (-widths).exp();
        var scaled = locations * precisions;
        var constants = logWeights.to(wide) - ((locations * scaled + widths).sum(-1) + means.shape[1] * s_logTwoPi) * 0.5;
        return new(centre, torch.cat([precisions * -0.5, scaled], -1), constants);
    }

    /// <summary>
    /// Whether some component is so far from the means' centre, by its own widths, that densities beside it are off by more than 10⁻⁶
    /// nats: then one far component among many takes the digits of all. Reads a number from the device.
    /// </summary>
    public bool LosesDigits()
    {
        if (Coefficients.device_type == DeviceType.META || Coefficients.dtype != torch.float64)
            return false;
        using var scope = torch.NewDisposeScope();
        var parts = Coefficients.detach().chunk(2, -1);
        // μ² P, from μP and −P/2.
        return !((parts[1].square() / (parts[0] * -2)).sum(-1).max().ToDouble() * Epsilon < MostRounding);
    }

    /// <summary>log π_m + log N(z; μ_m, σ_m²) in nats, <c>[N, M]</c>.</summary>
    public torch.Tensor Terms(torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        return OfCentred(Centred(z)).to(z.dtype);
    }

    /// <summary>
    /// The mixture's log-density in nats, <c>[N]</c>, with a gradient for the points alone, taken in closed form Σ_m r_m (μ_m − z) /
    /// σ_m², r_m the component's share in the density. No component counts less than e⁻⁶⁰ times the largest:
    /// subnormal numbers take many times as long to reckon with.
    /// </summary>
    public torch.Tensor LogDensityOfFixed(torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        var points = Centred(z.detach());
        var terms = OfCentred(points);
        var largest = terms.amax(-1L).unsqueeze(-1);
        // Where every density is 0 differences of logarithms would be NaN.
        var shares = (terms - largest.masked_fill(largest.isneginf(), 0)).clamp_min(LeastLogShare).exp();
        var sums = shares.sum(-1);
        var value = (sums.log() + largest.squeeze(-1)).to(z.dtype);
        if (!z.requires_grad)
            return value;
        var slopes = (shares.mm(Coefficients) / sums.unsqueeze(-1)).chunk(2, -1);
        return value + ((z - z.detach()) * (points * slopes[0] * 2 + slopes[1]).to(z.dtype)).sum(-1);
    }

    /// <summary>A copy without gradients that no dispose scope owns.</summary>
    public MixtureProducts Keep()
    {
        using var scope = torch.NewDisposeScope();
        return new(Kept(Centre), Kept(Coefficients), Kept(Constants));

        static torch.Tensor Kept(torch.Tensor part) => part.detach().clone().DetachFromDisposeScope();
    }

    /// <summary>The numbers of components and of latent features.</summary>
    public override string ToString() => $"{Constants.shape[0]} normals of {Centre.shape[1]} latent features";

    /// <summary>Frees the three tensors.</summary>
    public void Dispose()
    {
        Centre.Dispose();
        Coefficients.Dispose();
        Constants.Dispose();
    }

    private torch.Tensor Centred(torch.Tensor z) => z.to(Centre.dtype) - Centre;

    private torch.Tensor OfCentred(torch.Tensor points)
        => torch.nn.functional.linear(torch.cat([points.square(), points], -1), Coefficients, Constants);
}
