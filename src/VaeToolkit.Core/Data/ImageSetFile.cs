namespace VaeToolkit;

/// <summary>One file of an <see cref="ImageSet"/>.</summary>
/// <param name="Name">Its name without .gz.</param>
/// <param name="UnpackedLength">Its length in bytes once unpacked.</param>
/// <param name="UnpackedSha256">SHA-256 of the unpacked bytes, in lower-case hexadecimal: mirrors pack it differently.</param>
internal sealed record ImageSetFile(string Name, long UnpackedLength, string UnpackedSha256)
{
    /// <summary>The most that a packed file may have: gzip adds a few bytes at worst.</summary>
    public long LongestDownload => UnpackedLength + (UnpackedLength / 100) + 1024;
}
