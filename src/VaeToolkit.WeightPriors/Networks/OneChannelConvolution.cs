using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A 3×3×3 convolution of one channel with stride 1 and padding 1, as a 3×3 one whose channels are a slice and its two neighbours.
/// </summary>
/// <remarks>
/// oneDNN takes the gradient of the weights in one product a slice, which several threads share: they wait for each other longer than they
/// compute, with two of them up to forty times as long as one thread alone. Of slices it has a kernel that leaves threads to themselves.
/// </remarks>
internal static class OneChannelConvolution
{
    /// <summary>
    /// The switch of <see cref="AppContext"/> that leaves to torch's operators what is faster for the same result; Core's likelihoods heed
    /// it too.
    /// </summary>
    internal const string PlainOperators = "VaeToolkit.PlainOperators";

    /// <summary>Whether it is the faster way: where oneDNN computes with several threads, for weights that get a gradient.</summary>
    /// <param name="input"><c>[N, C, D, H, W]</c>.</param>
    /// <param name="weight"><c>[out, C, 3, 3, 3]</c>.</param>
    internal static bool Pays(torch.Tensor input, torch.Tensor weight)
        => X86Base.IsSupported && weight.shape[1] == 1 && input.Dimensions == 5 && input.shape[0] > 0
            && input.device_type == DeviceType.CPU && weight.requires_grad && torch.is_grad_enabled()
            && torch.get_num_threads() > 1 && !(AppContext.TryGetSwitch(PlainOperators, out var plain) && plain);

    /// <summary>The convolution.</summary>
    /// <param name="input"><c>[N, 1, D, H, W]</c>.</param>
    /// <param name="weight"><c>[out, 1, 3, 3, 3]</c>.</param>
    /// <returns><c>[N, out, D, H, W]</c>, of the caller's dispose scope.</returns>
    internal static torch.Tensor Of(torch.Tensor input, torch.Tensor weight)
    {
        using var scope = torch.NewDisposeScope();
        var (items, depth, height, width) = (input.shape[0], input.shape[2], input.shape[3], input.shape[4]);
        var neighbours = functional.pad(input.squeeze(1), [0, 0, 0, 0, 1, 1]).unfold(1, 3, 1).permute(0, 1, 4, 2, 3);
        var slices = functional.conv2d(neighbours.reshape(items * depth, 3, height, width), weight.squeeze(1), padding: [1, 1]);
        return slices.reshape(items, depth, -1, height, width).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
