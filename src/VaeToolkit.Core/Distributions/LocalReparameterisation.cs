using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Noise on the outputs of a layer with independent normal weights, instead of on its weights (Kingma, Salimans and Welling 2015, eq. 6):
/// for a linear map f, f(x; w) with w ~ N(μ, σ²) has mean f(x; μ) and variance f(x²;
/// σ²), and a draw for each output has less noise in its gradients than one for each weight.
/// </summary>
public static class LocalReparameterisation
{
    // Inside the root, whose slope at 0 is infinite: inputs are exactly 0 in backgrounds and after a ReLU.
    private const double Epsilon = 1e-10;

    /// <summary>mean + √(variance + 10⁻¹⁰) ε, every output with its own ε; <c>[N, ...]</c>.</summary>
    public static torch.Tensor Sample(torch.Tensor mean, torch.Tensor variance)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(variance);
        return mean + (variance + Epsilon).sqrt() * NoiseSource.Normal(mean.shape, mean, itemAxis: 0);
    }
}
