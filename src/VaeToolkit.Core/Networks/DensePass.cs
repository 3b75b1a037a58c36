using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Networks;

/// <summary>A pass through fully connected layers and a last one, in the precision that training asks for.</summary>
internal static class DensePass
{
    /// <summary>The last layer's output, in the type of <paramref name="rows"/>.</summary>
    /// <param name="trunk">As <see cref="Layers.Dense"/> makes it.</param>
    /// <param name="head">A last layer without activation.</param>
    /// <param name="rows"><c>[N, D]</c>.</param>
    /// <param name="precision">Used in training mode; in evaluation mode everything is in the weights' type.</param>
    internal static torch.Tensor Of(Sequential trunk, Linear head, torch.Tensor rows, MatrixPrecision precision)
        => precision == MatrixPrecision.BFloat16 && trunk.training ? FastPaths.PassInBFloat16(trunk, head, rows)
            : FastPaths.DensePass(trunk, head, rows) ?? head.forward(trunk.forward(rows));
}
