using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit.Volumes;

/// <summary>
/// Between volumes and tensors. Voxels with x fastest are <c>[D, H, W]</c> as they lie, so nothing is rearranged; values are copied, and
/// every tensor belongs to the caller's scope.
/// </summary>
public static class VolumeTensors
{
    /// <summary>An image as a float32 tensor <c>[C, D, H, W]</c>.</summary>
    /// <param name="image">The image.</param>
    public static torch.Tensor ToTensor(this Volume<float> image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return torch.tensor(image.Data, device: torch.CPU).reshape(image.Channels, image.Size.Depth, image.Size.Height, image.Size.Width);
    }

    /// <summary>A label map as an int64 tensor <c>[D, H, W]</c>.</summary>
    /// <param name="labels">Labels of one channel.</param>
    /// <exception cref="ArgumentException">There is more than one channel.</exception>
    public static torch.Tensor ToTensor(this Volume<int> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        RequireOneChannel(labels);
        return torch.tensor(Array.ConvertAll(labels.Data, label => (long)label), device: torch.CPU)
            .reshape(labels.Size.Depth, labels.Size.Height, labels.Size.Width);
    }

    /// <summary>A mask as a float32 tensor <c>[1, D, H, W]</c> of zeros and ones.</summary>
    /// <param name="mask">A mask of one channel.</param>
    /// <exception cref="ArgumentException">There is more than one channel.</exception>
    public static torch.Tensor ToTensor(this Volume<bool> mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        RequireOneChannel(mask);
        return mask.Select(inside => inside ? 1f : 0f).ToTensor();
    }

    /// <summary>An image from a tensor.</summary>
    /// <param name="tensor">Floating-point values <c>[C, D, H, W]</c> or <c>[D, H, W]</c>, on any device.</param>
    /// <param name="grid">Where the voxels lie; its extents are W x H x D.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="ArgumentException">The shape does not fit the grid, or the values are not floating-point.</exception>
    public static Volume<float> ToVolume(this torch.Tensor tensor, VoxelGrid grid, string name = "volume")
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(grid);
        var shape = tensor.shape;
        var expected = new long[] { grid.Size.Depth, grid.Size.Height, grid.Size.Width };
        if (shape.Length is not (3 or 4) || !shape.AsSpan(shape.Length - 3).SequenceEqual(expected) || !tensor.is_floating_point())
            throw new ArgumentException(
                $"{name}: a floating-point tensor [C, D, H, W] or [D, H, W] on a grid of {grid.Size} was expected, so with D, "
                + $"H, W = {Shape.Text(expected)}, "
                + $"but it is {Shape.Text(shape)} of {tensor.dtype}.",
                nameof(tensor));
        using var scope = torch.NewDisposeScope();
        var plain = tensor.detach().cpu().to(torch.float32).contiguous();
        return new(grid, MemoryMarshal.Cast<byte, float>(plain.bytes).ToArray(), shape.Length == 4 ? (int)shape[0] : 1, name);
    }

    /// <summary>A label map from a tensor.</summary>
    /// <param name="tensor">Integers <c>[D, H, W]</c> of 32 bits at most, on any device.</param>
    /// <param name="grid">Where the voxels lie; its extents are W x H x D.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="ArgumentException">The shape does not fit the grid, or the values are floating-point.</exception>
    public static Volume<int> ToLabels(this torch.Tensor tensor, VoxelGrid grid, string name = "labels")
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(grid);
        long[] expected = [grid.Size.Depth, grid.Size.Height, grid.Size.Width];
        if (!tensor.shape.AsSpan().SequenceEqual(expected) || tensor.is_floating_point())
            throw new ArgumentException($"{name}: integers {Shape.Text(expected)} were expected, but the tensor is "
                + $"{Shape.Text(tensor.shape)} of {tensor.dtype}.", nameof(tensor));
        using var scope = torch.NewDisposeScope();
        var plain = tensor.cpu().to(torch.int32).contiguous();
        return new(grid, MemoryMarshal.Cast<byte, int>(plain.bytes).ToArray(), name: name);
    }

    internal static void RequireOneChannel<T>(Volume<T> volume)
        where T : unmanaged
    {
        if (volume.Channels != 1)
            throw new ArgumentException($"{volume.Name} has {volume.Channels} channels; one was expected.", nameof(volume));
    }
}
