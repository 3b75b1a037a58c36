using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Networks;

/// <summary>Knows the layers that treat every item by itself and draw nothing, so that threads may share a model and divide its items.</summary>
internal static class ItemwiseLayers
{
    /// <summary>Whether a model is on the CPU and made of such layers alone.</summary>
    internal static bool AreAllOf(torch.nn.Module model)
        => model.modules().All(IsItemwise) && model.parameters().All(parameter => parameter.device_type == DeviceType.CPU);

    private static bool IsItemwise(torch.nn.Module module)
        => module is Linear or Conv2d or ConvTranspose2d or LeakyReLU or ReLU or SiLU or Tanh or Softplus or ELU or Flatten or Unflatten or Sequential
            || module.GetType().Assembly == typeof(ItemwiseLayers).Assembly;
}
