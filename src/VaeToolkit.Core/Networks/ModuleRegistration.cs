using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;

namespace VaeToolkit.Networks;

/// <summary>How the parts of this library, and a user's own, take parameters and buffers into their keeping.</summary>
/// <remarks>
/// TorchSharp's own <c>register_parameter</c> and <c>register_buffer</c> leave a tensor in the dispose scope that it was made in, and it
/// dies with that scope, registered or not. Read what is registered by <c>get_parameter</c> and <c>get_buffer</c>: moving the module to
/// another type or device makes new tensors and disposes of the old ones.
/// </remarks>
public static class ModuleRegistration
{
    private const double RoundingOfSingle = 1e-6;

    /// <summary>The first floating-point parameter, whose type and device are taken for the module's; null where there is none.</summary>
    public static Parameter? FirstWeight(this torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.parameters().FirstOrDefault(parameter => parameter.is_floating_point());
    }

    /// <summary>A tensor in the type and on the device of a module's weights, where it has any.</summary>
    public static torch.Tensor ToWeightsOf(this torch.Tensor tensor, torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return module.FirstWeight() is { } weight ? tensor.to(weight.dtype, weight.device) : tensor;
    }

    /// <summary>Whether the module has registered a module, a parameter or a buffer of its own.</summary>
    public static bool HasRegistered(this torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.named_children().Any() || module.named_parameters(false).Any() || module.named_buffers(false).Any();
    }

    /// <summary>Registers a parameter that lives as long as the module.</summary>
    /// <param name="module">The module, which owns the parameter from now on.</param>
    /// <param name="name">The last part of its key in saved weights.</param>
    /// <param name="values">Its initial values. The tensor itself becomes the parameter and is not to be used any more.</param>
    /// <exception cref="InvalidOperationException">The module has a parameter of that name.</exception>
    public static void RegisterParameter(this torch.nn.Module module, string name, torch.Tensor values)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(values);
        var parameter = new Parameter(values);
        parameter.DetachFromDisposeScope();
        module.register_parameter(name, parameter);
    }

    /// <summary>Registers a buffer, a saved tensor without gradient, that lives as long as the module.</summary>
    /// <param name="module">The module, which owns the buffer from now on.</param>
    /// <param name="name">The last part of its key in saved weights.</param>
    /// <param name="values">The buffer.</param>
    /// <exception cref="InvalidOperationException">The module has a buffer of that name.</exception>
    public static void RegisterBuffer(this torch.nn.Module module, string name, torch.Tensor values)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(values);
        module.register_buffer(name, values.DetachFromDisposeScope());
    }

    /// <summary>
    /// Gives a buffer of numbers that are known all of their digits where the module has become one of float64, so that they are saved with
    /// them: for the end of a conversion (<c>_toEpilog</c>). Numbers that differ by more than a conversion from float32 leaves, as read
    /// from a file, stay as they are, and so does a buffer of another type.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="name">The buffer's name.</param>
    /// <param name="exact">The numbers, in the order of the buffer's.</param>
    public static void MakeExact(this torch.nn.Module module, string name, double[] exact)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var known = module.ExactBuffer(name, exact);
        var buffer = module.get_buffer(name)!;
        if (!ReferenceEquals(known, buffer))
            buffer.copy_(known);
    }

    /// <summary>
    /// A buffer of numbers that are known: in a module of float64, which a conversion from float32 left with seven of their digits, the
    /// numbers themselves, but for those that differ by more, as read from a file; it belongs to the current scope then. In a module of
    /// another type, and within a step of training on a GPU, which sending them would wait for, the module's own buffer: call
    /// <see cref="MakeExact"/> at the end of a conversion, so that steps have them there too.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="name">The buffer's name.</param>
    /// <param name="exact">The numbers, in the order of the buffer's.</param>
    public static torch.Tensor ExactBuffer(this torch.nn.Module module, string name, double[] exact)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(exact);
        var buffer = module.get_buffer(name) ?? throw new ArgumentException($"the module has no buffer '{name}'", nameof(name));
        if (buffer.dtype != torch.float64 || buffer.device_type == DeviceType.META || buffer.NumberOfElements != exact.Length
            || (TrainingStep.IsComputed && buffer.device_type != DeviceType.CPU))
            return buffer;
        using var scope = torch.NewDisposeScope();
        var known = torch.tensor(exact, torch.float64, buffer.device).reshape(buffer.shape);
        // Nothing is read back.
        return torch.where((buffer - known).abs().le(known.abs() * RoundingOfSingle), known, buffer).MoveToOuterDisposeScope();
    }
}
