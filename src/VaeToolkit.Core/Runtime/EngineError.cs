using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// libtorch's errors in the caller's terms: what of the caller's met it, and the first line of what it says. The native stack that follows
/// stays with the inner exception.
/// </summary>
public static class EngineError
{
    /// <summary>The first line of an error's message.</summary>
    public static string FirstLine(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var end = error.Message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? error.Message : error.Message[..end];
    }

    /// <summary>What an error says: its message, of libtorch's own errors the first line.</summary>
    /// <param name="error">An error of any kind.</param>
    public static string MessageOf(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error is ExternalException ? FirstLine(error) : error.Message;
    }

    /// <summary>Runs a caller's tensor through a module.</summary>
    /// <exception cref="ArgumentException">libtorch refused: the two types or devices differ, or else its first line.</exception>
    /// <exception cref="InvalidOperationException">The module, one of the caller's own, gives null where it must
    /// give a distribution; a tensor may be null.</exception>
    public static T Of<T>(torch.nn.Module module, torch.Tensor input, string name, Func<T> pass)
    {
        ArgumentNullException.ThrowIfNull(input, name);
        var looks = !TrainingStep.IsComputed;
        if (looks && !HasNumbers(input))
            RequireBothOrNeither(module, input, name);
        try
        {
            var answer = pass();
            if (looks && HasNumbers(input) && IsWithoutNumbers(answer))
                RequireBothOrNeither(module, input, name);
            // A tensor may be one that there is not always, such as a divergence in closed form; a distribution must be there.
            return answer is not null ? answer : typeof(T) == typeof(torch.Tensor) ? default!
                : throw new InvalidOperationException($"{module.GetName()} gives null for {name} {Described(input)}");
        }
        catch (ExternalException error) when (HasNumbers(input) || (module.FirstWeight() is { } weight && HasNumbers(weight)))
        {
            var why = Mismatch(module, input, name)
                ?? $"{name} {Described(input)} does not go through {module.GetName()}: {FirstLine(error)}";
            throw new ArgumentException(why, name, error);
        }
    }

    /// <summary>Runs what a caller's own code may be part of.</summary>
    /// <param name="input">The caller's tensor.</param>
    /// <param name="what">What fails on it, as the begin of a sentence.</param>
    /// <param name="pass">What is run.</param>
    /// <exception cref="InvalidOperationException">libtorch refused; the message has its first line.</exception>
    public static T In<T>(torch.Tensor input, Func<string> what, Func<T> pass)
    {
        try
        {
            return pass();
        }
        catch (ExternalException error) when (HasNumbers(input))
        {
            throw new InvalidOperationException($"{what()} on {Described(input)} fails: {FirstLine(error)}", error);
        }
    }

    /// <summary>Shape, type and device as they are written in messages: <c>[4, 784] float32 on cpu</c>.</summary>
    internal static string Described(torch.Tensor tensor) => $"{Shape.Text(tensor)} {Name(tensor.dtype)} on {tensor.device}";

    // On meta, where there are shapes alone, nothing is the caller's fault: libtorch has not all operators there, and says so.
    private static bool HasNumbers(torch.Tensor input) => input.device_type != DeviceType.META;

    // On meta many operators take a tensor of another device, and give shapes without a word.
    private static void RequireBothOrNeither(torch.nn.Module module, torch.Tensor input, string name)
    {
        if (module.FirstWeight() is { } weight && HasNumbers(weight) != HasNumbers(input))
            throw new ArgumentException(OtherDevice(module, weight, input, name), name);
    }

    private static bool IsWithoutNumbers(object? answer) => answer switch
    {
        torch.Tensor tensor => !HasNumbers(tensor),
        DiagonalNormal normal => !HasNumbers(normal.Mean),
        Likelihood likelihood => likelihood.Parameters is [var first, ..] && !HasNumbers(first),
        _ => false,
    };

    private static string? Mismatch(torch.nn.Module module, torch.Tensor input, string name)
    {
        if (module.FirstWeight() is not { } weight)
            return null;
        if (weight.dtype != input.dtype)
        {
            var convertModel = input.is_floating_point() ? $", or the model, model.to(torch.{Name(input.dtype)})" : "";
            return $"{name} is {Name(input.dtype)}, the weights of {module.GetName()} are {Name(weight.dtype)}; convert the data, "
                + $"{name}.to(torch.{Name(weight.dtype)}){convertModel}";
        }
        return weight.device.ToString() == input.device.ToString() ? null : OtherDevice(module, weight, input, name);
    }

    private static string OtherDevice(torch.nn.Module module, torch.Tensor weight, torch.Tensor input, string name)
        => $"{name} is on {input.device}, the weights of {module.GetName()} on {weight.device}; "
            + (HasNumbers(input) ? $"move the data, {name}.to(\"{weight.device}\"), or the model" : "meta keeps no values to move");

    internal static string Name(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Byte => "uint8",
        torch.ScalarType.ComplexFloat32 => "complex64",
        torch.ScalarType.ComplexFloat64 => "complex128",
        _ => type.ToString().ToLowerInvariant(),
    };
}
