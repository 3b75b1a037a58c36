using MathNet.Numerics.Distributions;
using TorchSharp;
using VaeToolkit.Tests;

namespace VaeToolkit.Boosting.Tests;

/// <summary>A mixture q, a component h and a target p on the line, of which every integral can be done by quadrature.</summary>
internal static class OneDimension
{
    public static double Target(double x) => 0.7 * Normal.PDF(0.2, 0.9, x) + 0.3 * Normal.PDF(1.6, 0.7, x);

    public static double Mixture(double x) => Normal.PDF(0, 1, x);

    public static double Component(double x) => Normal.PDF(1.1, 0.7, x);

    public static double Mixed(double x, double alpha) => (1 - alpha) * Mixture(x) + alpha * Component(x);

    public static double Integrate(Func<double, double> function)
        => Reference.Integrate(points => Array.ConvertAll(points, point => function(point)), -9, 9);

    /// <summary>F = E_q[log p̃ − log q] with p̃ = 5 p.</summary>
    public static double Bound(double alpha) => Integrate(x => Mixed(x, alpha) * Math.Log(5 * Target(x) / Mixed(x, alpha)));

    public static double SmallestAt(Func<double, double> function)
        => Enumerable.Range(1, 1999).Select(i => i / 2000.0).MinBy(function);

    /// <summary>The target in torch, times five: boosting must not need the constant.</summary>
    public static DensityTarget TorchTarget() => new(1, points =>
    {
        var x = points.squeeze(1);
        return torch.logaddexp(LogNormal(x, 0.2, 0.9) + Math.Log(0.7), LogNormal(x, 1.6, 0.7) + Math.Log(0.3)) + Math.Log(5);
    });

    public static NormalMixture TorchMixture() => new(Line(0, 1), [1]);

    public static DiagonalComponents TorchComponent() => Line(1.1, 0.7);

    public static DiagonalComponents Line(double mean, double deviation)
        => new(torch.full([1L, 1L], mean, torch.float64), torch.full([1L, 1L], 2 * Math.Log(deviation), torch.float64));

    private static torch.Tensor LogNormal(torch.Tensor x, double mean, double deviation)
        => ((x - mean) / deviation).square() * -0.5 - Math.Log(deviation) - 0.5 * Math.Log(2 * Math.PI);
}
