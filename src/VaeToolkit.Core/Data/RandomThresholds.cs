using System.Buffers.Binary;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The random numbers of fresh binarisation. A pixel is 1 where its byte exceeds a threshold drawn uniformly from 0 to 254, so with
/// probability byte / 255. An image's thresholds are a function of (seed, epoch, its stored row): they depend neither on the batch size nor
/// on the
/// device, and are drawn here because torch's own Bernoulli takes ten times as long.
/// </summary>
internal static class RandomThresholds
{
    /// <summary>Thresholds in the shape and on the device of <paramref name="bytes"/>, one stream for each row.</summary>
    public static torch.Tensor For(torch.Tensor bytes, ReadOnlySpan<long> rows, long seed, int epoch)
    {
        var thresholds = torch.empty(bytes.shape, dtype: torch.uint8, device: torch.CPU);
        var all = thresholds.bytes;
        var length = all.Length / rows.Length;
        for (var i = 0; i < rows.Length; i++)
            Fill(all.Slice(i * length, length), SplitMix64.For(seed, epoch, rows[i]));
        return thresholds.to(bytes.device);
    }

    private static void Fill(Span<byte> thresholds, SplitMix64 random)
    {
        for (; thresholds.Length >= 4; thresholds = thresholds[4..])
            BinaryPrimitives.WriteUInt32LittleEndian(thresholds, Four(random.Next()));
        var last = Four(random.Next());
        for (var i = 0; i < thresholds.Length; i++)
            thresholds[i] = (byte)(last >> (8 * i));
    }

    /// <summary>
    /// Four thresholds from 64 random bits, u * 255 / 65536 for each sixteen of them, two at a time. Every threshold comes 257 or 258
    /// times in 65536, so a pixel's probability is right to 2e-5.
    /// </summary>
    private static uint Four(ulong bits)
    {
        const ulong Low = 0x0000FFFF0000FFFF;
        var even = (((bits & Low) * 255) >> 16) & 0x000000FF000000FF;
        var odd = ((((bits >> 16) & Low) * 255) >> 8) & 0x0000FF000000FF00;
        var pairs = even | odd;
        return (uint)(pairs | (pairs >> 16));
    }
}
