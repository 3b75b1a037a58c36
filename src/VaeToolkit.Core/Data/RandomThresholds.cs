using TorchSharp;

namespace VaeToolkit.Data;

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
        // Sixteen bits each: every threshold comes 257 or 258 times in 65536, so a pixel's probability is right to 2e-5.
        for (var i = 0; i < thresholds.Length; i += 4)
        {
            var bits = random.Next();
            for (var j = i; j < Math.Min(i + 4, thresholds.Length); j++, bits >>= 16)
                thresholds[j] = (byte)(((uint)(ushort)bits * 255) >> 16);
        }
    }
}
