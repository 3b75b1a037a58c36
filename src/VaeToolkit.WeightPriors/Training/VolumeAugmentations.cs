using TorchSharp;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors;

/// <summary>The augmentations that come with the library.</summary>
public static class VolumeAugmentations
{
    /// <summary>The intensities of every volume become x (1 + 0.1 ε) + 0.1 ε′ with standard normal ε and ε′.</summary>
    /// <param name="volumes">Volumes <c>[N, C, D, H, W]</c>.</param>
    /// <param name="labels">Labels <c>[N, D, H, W]</c>; they stay as they are.</param>
    /// <param name="seed">The result is a function of it.</param>
    public static (torch.Tensor Volumes, torch.Tensor Labels) Intensity(torch.Tensor volumes, torch.Tensor labels, long seed) =>
        Change(null, volumes, labels, seed, before: 0);

    /// <summary>
    /// Every volume is flipped along its last axis, left to right, with probability ½, and its labels with it; its intensities become
    /// x (1 + 0.1 ε) + 0.1 ε′ with standard normal ε and ε′. Training takes it as
    /// <c>Augmentation = LabelSymmetry.Symmetric.FlipAndIntensity</c>.
    /// </summary>
    /// <param name="symmetry">What a mirror image does to the labels.</param>
    /// <param name="volumes">Volumes <c>[N, C, D, H, W]</c>.</param>
    /// <param name="labels">Labels <c>[N, D, H, W]</c>.</param>
    /// <param name="seed">The result is a function of it.</param>
    public static (torch.Tensor Volumes, torch.Tensor Labels) FlipAndIntensity(
        this LabelSymmetry symmetry, torch.Tensor volumes, torch.Tensor labels, long seed)
    {
        ArgumentNullException.ThrowIfNull(symmetry);
        return Change(symmetry, volumes, labels, seed, before: 0);
    }

    /// <summary>Both, flips where there is a symmetry, for some consecutive volumes of a batch, before which so many others come.</summary>
    internal static (torch.Tensor Volumes, torch.Tensor Labels) Change(
        LabelSymmetry? symmetry, torch.Tensor volumes, torch.Tensor labels, long seed, int before)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        ArgumentNullException.ThrowIfNull(labels);
        var random = SplitMix64.For(seed, 0);
        var count = (int)volumes.shape[0];
        var (flips, scales, shifts) = (new float[count], new float[count], new float[count]);
        for (var i = -before; i < count; i++)
        {
            var (flip, scale, shift) = (random.Uniform() < 0.5 ? 1 : 0, (float)(1 + random.Normal(0.1)), (float)random.Normal(0.1));
            if (i >= 0)
                (flips[i], scales[i], shifts[i]) = (flip, scale, shift);
        }
        using var scope = torch.NewDisposeScope();
        var scaled = volumes * PerVolume(scales, volumes.device) + PerVolume(shifts, volumes.device);
        if (symmetry is null)
            return (scaled.MoveToOuterDisposeScope(), labels.alias().MoveToOuterDisposeScope());
        var flipped = PerVolume(flips, volumes.device).gt(0);
        return (torch.where(flipped, scaled.flip(-1), scaled).MoveToOuterDisposeScope(),
            torch.where(flipped.squeeze(1), symmetry.Mirrored(labels.flip(-1)), labels).MoveToOuterDisposeScope());
    }

    // Filled in one by one: a tensor made of an array would be sent to the volumes' device, which waits for it.
    private static torch.Tensor PerVolume(float[] values, torch.Device device)
        => torch.cat([.. values.Select(value => torch.full([1, 1, 1, 1, 1], value, torch.float32, device))]);
}
