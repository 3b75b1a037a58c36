using System.Collections;
using System.Reflection;
using TorchSharp;

namespace VaeToolkit;

/// <summary>Knows whether a user has hooked a layer, which must then be called itself. TorchSharp does not say so in public.</summary>
internal static class LayerHooks
{
    private static readonly string[] s_names = ["pre_hooks", "post_hooks", "module_pre_hooks", "module_post_hooks"];

    private static readonly FieldInfo?[] s_fields = [.. s_names.Select(name =>
        typeof(torch.nn.Module<torch.Tensor, torch.Tensor>).BaseType?.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic))];

    /// <summary>Whether a layer has hooks, or may have.</summary>
    internal static bool AreOn(torch.nn.IModule<torch.Tensor, torch.Tensor> layer)
    {
        foreach (var field in s_fields)
        {
            if (field is null || field.GetValue(layer) is ICollection { Count: > 0 })
                return true;
        }
        return false;
    }
}
