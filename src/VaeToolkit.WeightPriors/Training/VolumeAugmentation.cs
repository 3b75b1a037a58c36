using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>Changes a batch of labelled volumes at random.</summary>
/// <param name="volumes">Volumes <c>[N, C, D, H, W]</c>; not changed and not disposed.</param>
/// <param name="labels">Labels <c>[N, D, H, W]</c>; not changed and not disposed.</param>
/// <param name="seed">All that is random is a function of it.</param>
/// <returns>Changed volumes and labels of the same shapes, in the caller's dispose scope.</returns>
public delegate (torch.Tensor Volumes, torch.Tensor Labels) VolumeAugmentation(torch.Tensor volumes, torch.Tensor labels, long seed);
