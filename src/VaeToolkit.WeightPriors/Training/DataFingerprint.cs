using System.Security.Cryptography;
using System.Text;
using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Tells one set of volumes from another: SHA-256 of all names and of the voxels and labels of at most eight volumes, evenly spread from
/// the first to the last, so that a large folder need not be read.
/// </summary>
internal static class DataFingerprint
{
    private const int MostVolumes = 8;

    /// <summary>The fingerprint, in hexadecimal digits.</summary>
    internal static string Of(SegmentationSource data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < data.Count; i++)
            Append(hash, data.NameOf(i));
        var looked = Math.Min(MostVolumes, data.Count);
        for (var k = 0; k < looked; k++)
        {
            using var batch = data.Take([(int)((long)k * (data.Count - 1) / Math.Max(1, looked - 1))]);
            Append(hash, batch.Items);
            if (batch.Labels is { } labels)
                Append(hash, labels);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The fingerprint of all of some volumes, <c>[N, ...]</c>, abbreviated.</summary>
    internal static string Of(torch.Tensor volumes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0L; i < volumes.shape[0]; i++)
        {
            using var volume = volumes[i];
            Append(hash, volume);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));

    private static void Append(IncrementalHash hash, torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        Append(hash, Shape.Text(tensor));
        // Of volumes in float64 what float32 holds of them, as earlier versions wrote it.
        var plain = tensor.dtype == torch.float64 ? tensor.to(torch.float32) : tensor;
        hash.AppendData(plain.detach().cpu().contiguous().bytes);
    }
}
