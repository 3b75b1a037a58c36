using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Bottleneck;

/// <summary>
/// Pairs of standard normal views with given correlations, feature by feature, whose sample moments are those of the law.
/// </summary>
internal static class GaussianViews
{
    /// <summary>H(x) of d standard normal values in nats.</summary>
    public static double Entropy(int dimension = 1) => 0.5 * dimension * Math.Log(2 * Math.PI * Math.E);

    public static TwoViews Make(int count, params double[] correlations) => Make(count, seed: 11, torch.float32, correlations);

    public static TwoViews Make(int count, long seed, torch.ScalarType type, params double[] correlations)
    {
        using var scope = torch.NewDisposeScope();
        var (input, target) = Tensors(count, seed, correlations);
        return TwoViews.Of(input.to(type), target.to(type));
    }

    public static (torch.Tensor Input, torch.Tensor Target) Tensors(int count, long seed, params double[] correlations)
    {
        using var random = SeedScope.Begin(seed);
        var columns = correlations.Select(rho => Pair(count, rho)).ToArray();
        return (torch.cat([.. columns.Select(c => c.Input)], 1), torch.cat([.. columns.Select(c => c.Target)], 1));
    }

    private static (torch.Tensor Input, torch.Tensor Target) Pair(int count, double rho)
    {
        var input = Standardised(torch.randn(count, 1, dtype: torch.float64));
        var rest = torch.randn(count, 1, dtype: torch.float64);
        rest = Standardised(rest - input * (rest * input).mean());
        return (input, input * rho + rest * Math.Sqrt(1 - rho * rho));
    }

    private static torch.Tensor Standardised(torch.Tensor values)
    {
        var centred = values - values.mean();
        return centred / centred.square().mean().sqrt();
    }
}
