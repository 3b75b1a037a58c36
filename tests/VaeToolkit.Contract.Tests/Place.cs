using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit.Contract.Tests;

/// <summary>
/// In which numbers and on which device a check runs, and inputs made there. They are the same numbers everywhere, none of them random.
/// </summary>
/// <param name="Type">The type of the numbers.</param>
/// <param name="Device">The device.</param>
public sealed record Place(torch.ScalarType Type, torch.Device Device)
{
    private const double GoldenSection = 0.6180339887498949;

    /// <summary>float32 on the CPU.</summary>
    public static Place Usual { get; } = new(torch.float32, torch.CPU);

    /// <summary>float64 on the CPU.</summary>
    public static Place Wide { get; } = new(torch.float64, torch.CPU);

    /// <summary>float32 on the device that holds shapes and no numbers, and refuses to mix with the CPU.</summary>
    public static Place Meta { get; } = new(torch.float32, torch.META);

    /// <summary>The same in float64.</summary>
    public static Place WideMeta { get; } = new(torch.float64, torch.META);

    /// <summary>
    /// float32 on the CPU, while what TorchSharp makes without being told a type or a device is float64 on <c>meta</c>: a tensor of the
    /// library's that does not follow its model is of another type, or refuses to mix with it. Unlike on <c>meta</c>, every operator works
    /// and numbers can be read.
    /// </summary>
    public static Place Foreign { get; } = Usual with { IsForeign = true };

    private bool IsForeign { get; init; }

    /// <summary>Whether there are shapes and no numbers.</summary>
    public bool IsMeta => Device.type == DeviceType.META;

    /// <summary>Begins what is computed here from what was made before, until disposed.</summary>
    public IDisposable? Enter() => IsForeign ? new ForeignDefaults() : null;

    /// <summary>Computes here; on <c>meta</c> as far as libtorch has the operators, which is not all of them.</summary>
    public void Try(Action compute)
    {
        using var entered = Enter();
        try
        {
            compute();
        }
        catch (ExternalException refusal) when (IsMeta && IsLimitOfMeta(refusal.Message))
        {
            // Up to here nothing met the CPU; the rest is left to the other places.
        }
    }

    /// <summary>Moves a module here.</summary>
    public TModule Move<TModule>(TModule module)
        where TModule : torch.nn.Module
    {
        module.to(Type);
        module.to(Device);
        return module;
    }

    /// <summary>Numbers in (0, 1).</summary>
    public torch.Tensor Unit(params long[] shape) => Tensor(Fractions(shape), shape);

    /// <summary>Numbers in (−1.5, 1.5).</summary>
    public torch.Tensor Centred(params long[] shape) => Tensor([.. Fractions(shape).Select(value => (value * 3) - 1.5)], shape);

    /// <summary>Grey levels k / 255.</summary>
    public torch.Tensor Levels(params long[] shape) => Tensor([.. Fractions(shape).Select(value => Math.Floor(value * 256) / 255)], shape);

    /// <summary>Classes 0, 1, …, taking turns.</summary>
    public torch.Tensor Classes(long count, params long[] shape)
        => torch.tensor([.. Enumerable.Range(0, Size(shape)).Select(i => i % count)], torch.int64, torch.CPU).reshape(shape).to(Device);

    /// <summary>One-hot rows <c>[N, Y]</c> of the same classes.</summary>
    public torch.Tensor OneHot(long rows, long classes)
        => Tensor([.. Enumerable.Range(0, Size([rows, classes])).Select(i => Hot(i % classes == i / classes % classes))], rows, classes);

    /// <summary>The given numbers.</summary>
    public torch.Tensor Tensor(double[] values, params long[] shape)
        => torch.tensor(values, torch.float64, torch.CPU).reshape(shape).to(Type, Device);

    /// <summary>Says what of a result is not of this place, or null.</summary>
    public string? ExplainElsewhere(torch.Tensor result, string what)
        => result.dtype == Type && result.device_type == Device.type
            ? null
            : $"{what} is {result.dtype} on {result.device_type}, and not {Type} on {Device.type}";

    /// <summary>The type and the device.</summary>
    public override string ToString() => $"{Type} on {Device.type}";

    private static bool IsLimitOfMeta(string message)
        => message.Contains("Meta kernel registered", StringComparison.Ordinal)
            || message.Contains("convolution_overrideable not implemented", StringComparison.Ordinal);

    // Of single precision, so that they are the same numbers in double precision.
    private static double[] Fractions(long[] shape)
        => [.. Enumerable.Range(1, Size(shape)).Select(i => (double)(float)(i * GoldenSection % 1))];

    private static double Hot(bool isHot) => isHot ? 1 : 0;

    private static int Size(long[] shape) => (int)shape.Aggregate(1L, (size, axis) => size * axis);
}
