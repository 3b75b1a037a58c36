using TorchSharp;

namespace VaeToolkit.Pictures;

/// <summary>Where pictures are kept.</summary>
internal interface IPictureStore : IDisposable
{
    /// <summary>Shape of a picture, <c>[C, H, W]</c>.</summary>
    long[] ItemShape { get; }

    /// <summary>
    /// The bytes <c>[n, C, H, W]</c> of the pictures of every batch, in order; each tensor is good until the next one is asked for.
    /// </summary>
    IEnumerable<(torch.Tensor Pixels, long[] Rows)> Read(IReadOnlyList<long[]> batches);
}
