using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Networks;

/// <summary>
/// Knows the layers that treat every item by itself and draw nothing, so that threads may share a model and divide its items.
/// </summary>
public static class ItemwiseLayers
{
    /// <summary>Whether a model is on the CPU and made of such layers alone.</summary>
    internal static bool AreAllOf(torch.nn.Module model)
        => Parts(model).All(IsItemwise) && model.parameters().All(parameter => parameter.device_type == DeviceType.CPU);

    /// <summary>A module and all that it is made of.</summary>
    public static IEnumerable<torch.nn.Module> Parts(torch.nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.modules().Prepend(model);
    }

    /// <summary>Whether a layer is known to be such a one.</summary>
    public static bool IsItemwise(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module is Linear or Conv2d or ConvTranspose2d or LeakyReLU or ReLU or SiLU or Tanh or Softplus or ELU
            or Flatten or Unflatten or Sequential
            || module.GetType().Assembly == typeof(ItemwiseLayers).Assembly;
    }
}
