using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Moving a module, whole model or single part, to a device or a type: as TorchSharp's own <c>to</c>, which these take the place of where
/// this namespace is used, but what is wrong is said in one sentence.
/// </summary>
public static class ModuleMoves
{
    /// <summary>Moves a module to a device by its name.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>The module.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public static T to<T>(this T module, string device)
        where T : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(module);
        return DeviceName.Move(device, where => module.to(where, non_blocking: false));
    }

    /// <summary>Moves a module to a device.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="device">Where to.</param>
    /// <returns>The module.</returns>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public static T to<T>(this T module, torch.Device device)
        where T : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(device);
        return DeviceName.Move(device, () => module.to(device, non_blocking: false));
    }

    /// <summary>Moves a module to a kind of device.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="deviceType">The kind of device.</param>
    /// <param name="deviceIndex">Which of them; −1 for the first.</param>
    /// <returns>The module.</returns>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex)
        where T : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(module);
        var name = deviceType.ToString().ToLowerInvariant() + (deviceIndex < 0 ? "" : FormattableString.Invariant($":{deviceIndex}"));
        return DeviceName.Try(name, () => module.to(deviceType, deviceIndex, non_blocking: false));
    }

    /// <summary>Moves a module to the first device of a kind.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="deviceType">The kind of device.</param>
    /// <returns>The module.</returns>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public static T to<T>(this T module, DeviceType deviceType)
        where T : torch.nn.Module
        => to(module, deviceType, -1);

    /// <summary>Moves a module to the first GPU.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <returns>The module.</returns>
    /// <exception cref="InvalidOperationException">This machine has none that TorchSharp can use.</exception>
    public static T cuda<T>(this T module)
        where T : torch.nn.Module
        => to(module, DeviceType.CUDA, -1);

    /// <summary>Converts a module's floating-point parameters and buffers to a type.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module; where the type is refused it is as it was.</param>
    /// <param name="type">The type, such as <c>torch.float64</c>.</param>
    /// <returns>The module.</returns>
    /// <exception cref="ArgumentException">Weights cannot be of that type: it is not a floating-point type; or one of them is complex, of
    /// which a conversion would keep the real part alone.</exception>
    public static T to<T>(this T module, torch.ScalarType type)
        where T : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(module);
        RequireFloatingPoint(module, type);
        return module.to(type, non_blocking: false);
    }

    /// <summary>Moves a module to a device, and converts it to a type.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="device">Where to.</param>
    /// <param name="type">The type, such as <c>torch.float64</c>.</param>
    /// <returns>The module.</returns>
    /// <exception cref="ArgumentException">Weights cannot be of that type: it is not a floating-point type; or one of them is complex, of
    /// which a conversion would keep the real part alone.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public static T to<T>(this T module, torch.Device device, torch.ScalarType type)
        where T : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(device);
        RequireFloatingPoint(module, type);
        return DeviceName.Move(device, () => module.to(device, type, non_blocking: false));
    }

    private static void RequireFloatingPoint(torch.nn.Module module, torch.ScalarType type)
    {
        if (type is not (torch.ScalarType.Float32 or torch.ScalarType.Float64 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16))
        {
            throw new ArgumentException(
                $"weights cannot be of the type {EngineError.Name(type)}; it must be float32, float64, float16 or bfloat16", nameof(type));
        }

        var parameters = module.named_parameters().Select(weight => ("parameter", weight.name, (torch.Tensor)weight.parameter));
        var buffers = module.named_buffers().Select(weight => ("buffer", weight.name, weight.buffer));
        foreach (var (what, name, weight) in parameters.Concat(buffers))
        {
            if (weight.is_complex())
                throw new ArgumentException(
                    $"the {what} '{name}' is {EngineError.Name(weight.dtype)}, of which {EngineError.Name(type)} would keep the "
                    + "real part alone; register its real and its imaginary part by themselves", nameof(type));
        }
    }
}
