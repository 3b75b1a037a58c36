using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The kernel k(x, y) of a maximum mean discrepancy, a function of ‖x − y‖², with one scale or the sum over several.
/// </summary>
public sealed record MmdKernel
{
    // The least number of float32 with all its digits: below, 1 over a scale is infinite there, and k(x, x) is NaN.
    private const double LeastScale = 1.17549435e-38;

    private readonly Func<torch.Tensor, double, torch.Tensor> _value;

    private MmdKernel(string name, IReadOnlyList<double> scales, Func<torch.Tensor, double, torch.Tensor> value)
    {
        ArgumentNullException.ThrowIfNull(scales);
        if (scales.Count == 0)
            throw new ArgumentException("there are no scales; a kernel needs at least one", nameof(scales));
        foreach (var scale in scales)
        {
            if (!(scale is >= LeastScale and <= float.MaxValue))
            {
                throw new ArgumentOutOfRangeException(nameof(scales), scale, FormattableString.Invariant(
                    $"a kernel's scale must be a number from {LeastScale:G9} to {float.MaxValue:G9}, as float32 has them"));
            }
        }
        (Name, Scales, _value) = (name, [.. scales], value);
    }

    /// <summary>The kernel's name.</summary>
    public string Name { get; }

    /// <summary>The scales, in the unit of ‖x − y‖².</summary>
    public IReadOnlyList<double> Scales { get; }

    /// <summary>exp(−‖x − y‖² / s): s is 2σ² of a normal density of standard deviation σ.</summary>
    /// <param name="scales">s, at least one; kernels of several are added.</param>
    /// <exception cref="ArgumentOutOfRangeException">A scale is not a positive number, or beyond the range of float32.</exception>
    public static MmdKernel Gaussian(params IReadOnlyList<double> scales)
        => new(nameof(Gaussian), scales, (squares, scale) => (squares * (-1 / scale)).exp());

    /// <summary>
    /// s / (s + ‖x − y‖²), whose tails are heavy, so that codes far from the prior still feel it (Tolstikhin et al. 2018, section
    /// 4).
    /// </summary>
    /// <param name="scales">s, at least one; kernels of several are added.</param>
    /// <exception cref="ArgumentOutOfRangeException">A scale is not a positive number, or beyond the range of float32.</exception>
    public static MmdKernel InverseMultiquadratic(params IReadOnlyList<double> scales)
        => new(nameof(InverseMultiquadratic), scales, (squares, scale) => scale / (squares + scale));

    /// <summary>The kernel's values.</summary>
    /// <param name="squaredDistances">‖x − y‖², of any shape.</param>
    /// <returns>In the same shape, of the caller's dispose scope.</returns>
    public torch.Tensor Of(torch.Tensor squaredDistances)
    {
        ArgumentNullException.ThrowIfNull(squaredDistances);
        var sum = _value(squaredDistances, Scales[0]);
        for (var i = 1; i < Scales.Count; i++)
            sum = sum + _value(squaredDistances, Scales[i]);
        return sum;
    }

    /// <summary>Whether name and scales are the same.</summary>
    public bool Equals(MmdKernel? other) => other is not null && Name == other.Name && Scales.SequenceEqual(other.Scales);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Scales.Count, Scales[0]);

    /// <summary>The name and the scales.</summary>
    public override string ToString()
        => $"{Name}({string.Join(", ", Scales.Select(scale => FormattableString.Invariant($"{scale}")))})";
}
