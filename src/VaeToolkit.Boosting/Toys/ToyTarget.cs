using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>Two-dimensional densities on which boosted posteriors can be looked at and measured on a grid.</summary>
public sealed class ToyTarget : BoostingTarget
{
    private readonly Func<torch.Tensor, torch.Tensor> _logDensity;

    private ToyTarget(string name, double extent, IReadOnlyList<ToyMode> modes, Func<torch.Tensor, torch.Tensor> logDensity)
        => (Name, Extent, Modes, _logDensity) = (name, extent, modes, logDensity);

    /// <summary>½ N([−2, 0], 0.6² I) + ½ N([2, 0], 0.6² I).</summary>
    public static ToyTarget TwoModes { get; } = OfModes("two_modes", [new(-2, 0, 0.6), new(2, 0, 0.6)]);

    /// <summary>Eight equal modes N(3 (cos kπ/4, sin kπ/4), 0.4² I).</summary>
    public static ToyTarget Ring8 { get; } = OfModes(
        "ring8", [.. Enumerable.Range(0, 8).Select(k => new ToyMode(3 * Math.Cos(k * Math.PI / 4), 3 * Math.Sin(k * Math.PI / 4), 0.4))]);

    /// <summary>θ₁ ~ N(0, 1.5²), θ₂ | θ₁ ~ N(0.4 θ₁² − 1, 0.5²).</summary>
    public static ToyTarget Banana { get; } = new("banana", 7, [], points =>
    {
        var (x, y) = (points.select(1, 0), points.select(1, 1));
        return ((x / 1.5).square() + ((y - x.square() * 0.4 + 1) / 0.5).square()) * -0.5 - Math.Log(2 * Math.PI * 1.5 * 0.5);
    });

    /// <summary>−log p = ½ ((‖θ‖ − 2)/0.4)² − log(exp(−½ ((θ₁ − 2)/0.6)²) + exp(−½ ((θ₁ + 2)/0.6)²)), not
    /// normalised.</summary>
    public static ToyTarget RingPotential { get; } = new("ring_potential", 7, [], points =>
    {
        var x = points.select(1, 0);
        var radius = (points.square().sum(-1) + 1e-12).sqrt();
        return torch.logaddexp(((x - 2) / 0.6).square() * -0.5, ((x + 2) / 0.6).square() * -0.5) - ((radius - 2) / 0.4).square() * 0.5;
    });

    /// <summary>½ N(0, diag(3², 0.3²)) + ½ N(0, diag(0.3², 3²)).</summary>
    public static ToyTarget Cross { get; } = new("cross", 14, [], Mixture([0, 0, 0, 0], [3, 0.3, 0.3, 3]));

    /// <summary>All five.</summary>
    public static IReadOnlyList<ToyTarget> All { get; } = [TwoModes, Ring8, Banana, RingPotential, Cross];

    /// <summary>A short name in lower case.</summary>
    public string Name { get; }

    /// <summary>The target and its approximations lie in [−extent, extent]².</summary>
    public double Extent { get; }

    /// <summary>Separate modes; empty where there are none.</summary>
    public IReadOnlyList<ToyMode> Modes { get; }

    /// <summary>2.</summary>
    public override long Size => 2;

    /// <inheritdoc/>
    public override torch.Tensor LogDensity(torch.Tensor points)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (points.Dimensions != 2 || points.shape[1] != 2)
            throw new ArgumentException($"points have shape {Shape.Text(points)}; they must be [K, 2]", nameof(points));
        return _logDensity(points);
    }

    /// <summary>The name and the number of modes.</summary>
    public override string ToString() => Modes.Count == 0 ? Name : $"{Name}, {Modes.Count} modes";

    private static ToyTarget OfModes(string name, ToyMode[] modes)
        => new(name, 7, modes,
            Mixture([.. modes.SelectMany(m => new[] { m.X, m.Y })], [.. modes.SelectMany(m => new[] { m.Deviation, m.Deviation })]));

    private static Func<torch.Tensor, torch.Tensor> Mixture(double[] means, double[] deviations)
    {
        double[] logVariances = [.. deviations.Select(deviation => 2 * Math.Log(deviation))];
        var count = means.Length / 2;
        return points => MixtureLogDensity.Of(
            Filled(means, points).reshape(count, 2), Filled(logVariances, points).reshape(count, 2),
            torch.full(count, -Math.Log(count), points.dtype, points.device), points);
    }

    // A tensor of an array would be sent to a GPU, which waits for it. Number by number takes ten times as long on the CPU.
    private static torch.Tensor Filled(double[] values, torch.Tensor like)
        => like.device_type == DeviceType.CPU ? torch.tensor(values, like.dtype, like.device)
            : torch.stack([.. values.Select(value => torch.full([], value, like.dtype, like.device))]);
}
