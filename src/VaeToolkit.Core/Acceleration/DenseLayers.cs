using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>Says which fully connected layers our own products take, in place of torch's operators.</summary>
internal static class DenseLayers
{
    // Fewer do not repay that the weights are put into another order.
    private const int FewestRows = 96;

    // The other order is a copy; of larger weights it would cost more memory than it saves.
    private const long MostWeights = 1 << 26;

    // Outputs are filled up to sixty-four and a block has that many activations a row: sizes stay far within an int.
    private const long LargestWidth = 1 << 16;

    /// <summary>
    /// The layers, or null where torch's operators must do it: with gradients, other types, devices or activations, on other processors,
    /// for few rows.
    /// </summary>
    /// <param name="trunk">As <see cref="Networks.Layers.Dense"/> makes it.</param>
    /// <param name="head">A last layer without activation.</param>
    /// <param name="rows"><c>[N, D]</c>.</param>
    internal static DenseStep[]? StepsOf(Sequential trunk, Linear head, torch.Tensor rows)
    {
        if (torch.is_grad_enabled() || !DenseKernel.IsFast || !IsPlain(rows)
            || rows.shape[0] is < FewestRows or > int.MaxValue)
            return null;
        return StepsOf(trunk, head) is { } steps && steps.Sum(step => step.Weight.NumberOfElements) <= MostWeights ? steps : null;
    }

    /// <summary>The layers, or null where ours are not such.</summary>
    /// <param name="trunk">As <see cref="Networks.Layers.Dense"/> makes it.</param>
    /// <param name="head">A last layer without activation.</param>
    internal static DenseStep[]? StepsOf(Sequential trunk, Linear head)
    {
        var steps = new DenseStep[(trunk.Count / 2) + 1];
        for (var index = 0; index < steps.Length; index++)
        {
            var last = index == steps.Length - 1;
            var layer = last ? head : (Linear)trunk[2 * index];
            if (layer is not { weight: { } weight, bias: { } bias } || !IsPlain(weight) || !IsPlain(bias)
                || weight.Dimensions != 2 || weight.shape.Max() > LargestWidth
                || weight.NumberOfElements > int.MaxValue / sizeof(float) || bias.NumberOfElements != weight.shape[0])
                return null;
            if ((last ? 1 : SlopeOf(trunk[(2 * index) + 1])) is not { } slope)
                return null;
            steps[index] = new(weight, bias, slope);
            if (index > 0 && steps[index].Inputs != steps[index - 1].Outputs)
                return null;
        }
        return steps;
    }

    /// <summary>Whether a tensor is contiguous float32 on the CPU.</summary>
    internal static bool IsPlain(torch.Tensor tensor)
        => tensor.dtype == torch.float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous();

    private static float? SlopeOf(object activation) => activation switch
    {
        LeakyReLU leaky when leaky.negative_slope is >= 0 and <= 1 => (float)leaky.negative_slope,
        ReLU => 0,
        _ => null,
    };
}
