using System.Buffers.Binary;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The random numbers of fresh binarisation. A pixel is 1 where its byte exceeds a threshold drawn uniformly from 0 to 254, so with
/// probability byte / 255. An image's thresholds are a function of (seed, epoch, its stored row): they depend neither on the batch size nor
/// on the device, and are drawn here because torch's own Bernoulli takes ten times as long.
/// </summary>
internal static class RandomThresholds
{
    private const int InANumber = 4;

    /// <summary>Thresholds in the shape and on the device of <paramref name="bytes"/>, one stream for each row.</summary>
    /// <param name="bytes">The images' bytes.</param>
    /// <param name="rows">Their stored rows.</param>
    /// <param name="rowsThere">The same on the device of the images.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    public static torch.Tensor For(torch.Tensor bytes, ReadOnlySpan<long> rows, torch.Tensor rowsThere, long seed, int epoch)
        => bytes.device_type == DeviceType.CPU ? Here(bytes, rows, seed, epoch) : There(bytes, rowsThere, seed, epoch);

    /// <summary>Drawn on the CPU.</summary>
    internal static torch.Tensor Here(torch.Tensor bytes, ReadOnlySpan<long> rows, long seed, int epoch)
    {
        var thresholds = torch.empty(bytes.shape, dtype: torch.uint8, device: torch.CPU);
        var all = thresholds.bytes;
        var length = all.Length / rows.Length;
        for (var i = 0; i < rows.Length; i++)
            Fill(all.Slice(i * length, length), SplitMix64.For(seed, epoch, rows[i]));
        return thresholds;
    }

    /// <summary>The same by tensor operators, so that nothing is sent to a device: that would wait for it.</summary>
    internal static torch.Tensor There(torch.Tensor bytes, torch.Tensor rows, long seed, int epoch)
    {
        var length = bytes.numel() / bytes.shape[0];
        var bits = SplitMix64.Numbers(seed, epoch, rows, (length + InANumber - 1) / InANumber);
        var sixteens = Enumerable.Range(0, InANumber).Select(i => Halved(bits, 16 * i).remainder(1L << 16));
        var thresholds = Halved(torch.stack(sixteens, dim: -1) * 255, 16).to(torch.uint8);
        return thresholds.flatten(1).narrow(1, 0, length).reshape(bytes.shape);
    }

    private static torch.Tensor Halved(torch.Tensor numbers, int times) => numbers.div(1L << times, torch.RoundingMode.floor);

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
