namespace VaeToolkit.Volumes;

/// <summary>Reads a file's header and then its voxels, block by block.</summary>
internal static class NiftiReader
{
    private const int BlockVoxels = 8192;

    public static Volume<T> Read<T>(string path, Func<double, NiftiPlace, T> convert)
        where T : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var isImage = Path.GetExtension(WithoutGzip(path)).Equals(".img", StringComparison.OrdinalIgnoreCase);
        var headerPath = isImage ? Partner(path, ".hdr") : path;
        using var stream = Open(headerPath);
        using var source = new NiftiSource(stream, headerPath);
        var warnings = new NiftiWarnings(headerPath);
        var header = NiftiHeaderParser.Parse(source, warnings);
        if (!header.SeparateImage)
            return ReadVoxels(source, header, warnings, convert);
        var imagePath = isImage ? path : Partner(path, ".img");
        using var imageStream = Open(imagePath);
        using var image = new NiftiSource(imageStream, imagePath);
        return ReadVoxels(image, header, warnings, convert);
    }

    public static Volume<T> Read<T>(Stream stream, string name, Func<double, NiftiPlace, T> convert)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        if (!stream.CanSeek)
            throw new ArgumentException("The stream must be seekable: its length is checked before anything is allocated.", nameof(stream));
        using var source = new NiftiSource(stream, name);
        var warnings = new NiftiWarnings(name);
        var header = NiftiHeaderParser.Parse(source, warnings);
        return header.SeparateImage
            ? throw new NiftiException(name, header.Layout.Magic,
                $"magic is \"ni{header.Layout.Version}\": the voxels are in a second file, so the pair must be read by path")
            : ReadVoxels(source, header, warnings, convert);
    }

    /// <summary>Whether a path is of the header or of the voxels of a pair, packed or not.</summary>
    public static bool IsOfPair(string path) => Path.GetExtension(WithoutGzip(path)).ToUpperInvariant() is ".HDR" or ".IMG";

    private static string WithoutGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;

    /// <summary>The other file of a pair, either of which may be packed; written large if this one is.</summary>
    private static string Partner(string path, string ending)
    {
        var plain = WithoutGzip(path);
        var isLarge = Path.GetExtension(plain).Any(char.IsAsciiLetterUpper);
        var partner = Path.ChangeExtension(plain, isLarge ? ending.ToUpperInvariant() : ending);
        var alike = partner + path[plain.Length..];
        return new[] { alike, partner, partner + ".gz" }.FirstOrDefault(File.Exists) ?? alike;
    }

    private static FileStream Open(string path)
        => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);

    private static Volume<T> ReadVoxels<T>(
        NiftiSource source, NiftiHeader header, NiftiWarnings warnings, Func<double, NiftiPlace, T> convert)
        where T : unmanaged
    {
        var offset = header.DataOffset(source);
        if (offset != header.StatedOffset)
            warnings.Add($"vox_offset is {header.StatedOffset}, where no voxels can begin; they were taken from byte {offset}");
        source.RequireLength(offset + header.DataLength);
        source.SkipTo(offset);
        var values = ReadBlocks(source, header, convert);
        source.Finish(warnings);
        return new(header.Grid, values, header.Channels, source.Name) { Warning = warnings.Text };
    }

    /// <summary>
    /// The array grows with the bytes that come, so a packed file that claims more than it holds takes no more memory than it fills.
    /// </summary>
    private static T[] ReadBlocks<T>(NiftiSource source, NiftiHeader header, Func<double, NiftiPlace, T> convert)
        where T : unmanaged
    {
        var count = (int)header.VoxelCount;
        var size = NiftiHeader.BytesPerVoxel(header.DataType);
        var bytes = new byte[Math.Min(BlockVoxels, count) * size];
        var block = new double[Math.Min(BlockVoxels, count)];
        var values = new T[block.Length];
        for (var done = 0; done < count; done += block.Length)
        {
            var some = Math.Min(block.Length, count - done);
            var start = source.Position;
            source.Fill(bytes.AsSpan(0, some * size));
            VoxelCodec.Decode(bytes.AsSpan(0, some * size), header.DataType, header.BigEndian, block.AsSpan(0, some));
            if (values.Length < done + some)
                Array.Resize(ref values, (int)Math.Min(count, Math.Max(done + some, 2L * values.Length)));
            for (var i = 0; i < some; i++)
                values[done + i] = convert((block[i] * header.Slope) + header.Intercept, new(source.Name, start + ((long)i * size)));
        }
        return values;
    }
}
