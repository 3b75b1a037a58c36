using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>A pass through fully connected layers in bfloat16: products and activations, while weights stay what they are.</summary>
internal static class BFloat16Layers
{
    /// <summary>The last layer's output, in the type of <paramref name="rows"/>.</summary>
    /// <param name="trunk">As <see cref="Networks.Layers.Dense"/> makes it.</param>
    /// <param name="head">A last layer without activation.</param>
    /// <param name="rows"><c>[N, D]</c>.</param>
    public static torch.Tensor Pass(Sequential trunk, Linear head, torch.Tensor rows)
    {
        using var scope = torch.NewDisposeScope();
        var features = rows.to(torch.bfloat16);
        for (var layer = 0; layer < trunk.Count; layer++)
            features = trunk[layer] is Linear linear ? Product(linear, features) : trunk[layer].call(features);
        return Product(head, features).to(rows.dtype).MoveToOuterDisposeScope();
    }

    private static torch.Tensor Product(Linear layer, torch.Tensor features)
        => torch.nn.functional.linear(features, layer.weight!.to(torch.bfloat16), layer.bias?.to(torch.bfloat16));
}
