using TorchSharp;

namespace VaeToolkit.Pictures;

/// <summary>
/// The pictures of a folder as items <c>[C, H, W]</c> with values k / 255, kept in memory as bytes or read from disk while a model trains.
/// Both ways give the same batches for the same seed and epoch, so that a run may go on with the other one.
/// </summary>
/// <remarks>
/// PNG (also with 16 bits, of which the upper 8 are kept), JPEG (also progressive) and BMP. Transparency and the orientation that cameras
/// note are not looked at. A picture of another size is resized by an antialiased triangle filter until it covers the item, and the
/// middle is kept.
/// </remarks>
public sealed class PictureData : DataSource
{
    // A stream that no order has.
    private const long SplitStream = -2;

    private readonly IPictureStore _store;
    private readonly PictureData? _whole;
    private readonly long[] _rows;
    private readonly string[] _hashes;
    private readonly PictureListing _listing;
    private readonly torch.ScalarType _type;
    private bool _disposed;

    private PictureData(
        IPictureStore store, PictureListing listing, string[] hashes, IReadOnlyList<DamagedPicture> damaged, PictureOptions? options)
    {
        (_store, _listing, _hashes, Damaged, _type) = (store, listing, hashes, damaged, (options ?? new()).Type);
        _rows = [.. Enumerable.Range(0, listing.Files.Count)];
    }

    private PictureData(PictureData whole, long[] rows)
    {
        (_store, _whole, _rows, Damaged, _type) = (whole._store, whole._whole ?? whole, rows, whole.Damaged, whole._type);
        (_listing, _hashes) = (_whole._listing, _whole._hashes);
    }

    /// <inheritdoc/>
    public override long Count => _rows.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _store.ItemShape;

    /// <summary>Whether pictures have labels.</summary>
    public bool HasLabels => _listing.Labels is not null;

    /// <summary>Names of the classes; label k is the k-th of them. Empty without labels.</summary>
    public IReadOnlyList<string> Classes => _listing.Classes;

    /// <summary>The pictures' paths within the folder, with forward slashes, in stored order.</summary>
    public IReadOnlyList<string> Files => [.. _rows.Select(row => _listing.Files[(int)row])];

    /// <summary>The files of the folder that were left out.</summary>
    public IReadOnlyList<DamagedPicture> Damaged { get; }

    /// <summary>Reads all pictures of a folder into memory, where each takes C · H · W bytes.</summary>
    /// <param name="folder">A folder of pictures, or of one sub-folder a class.</param>
    /// <param name="options">Size, colour, labels, damaged files; null for the defaults.</param>
    /// <param name="progress">Told the share of the files that is read, from 0 to 1.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It has no pictures, or there is no label file.</exception>
    /// <exception cref="InvalidDataException">A line of the label file is wrong, or a picture's class is not among
    /// <see cref="PictureOptions.Classes"/>.</exception>
    /// <exception cref="PictureException">Files are damaged, or of different sizes; the message names them.</exception>
    public static PictureData Load(
        string folder, PictureOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var (listing, decoder, reading) = Open(folder, options, progress, cancellation);
        var store = new MemoryStore(listing.Files.Count, decoder);
        try
        {
            var hashes = new string[listing.Files.Count];
            var damaged = reading.Run(decoder, (row, pixels) =>
            {
                store.Put(row, pixels);
                hashes[row] = HashOf(pixels);
            });
            store.Keep(reading.Sound);
            return new(store, listing.Select(reading.Sound), [.. reading.Sound.Select(row => hashes[row])], damaged, options);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Pictures that stay on disk and are decoded in the background while a model trains, for folders larger than memory. Every file is
    /// decoded once here, so that damaged ones are known before training; the files must not change while this object is used.
    /// </summary>
    /// <inheritdoc cref="Load"/>
    public static PictureData Stream(
        string folder, PictureOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var (listing, decoder, reading) = Open(folder, options, progress, cancellation);
        var hashes = new string[listing.Files.Count];
        var damaged = reading.Run(decoder, (row, pixels) => hashes[row] = HashOf(pixels));
        var (sound, kept) = (listing.Select(reading.Sound), reading.Sound.Select(row => hashes[row]));
        return new(new FileStore(sound, decoder, (options ?? new()).BatchesAhead), sound, [.. kept], damaged, options);
    }

    /// <summary>The labels in stored order, or null when there are none.</summary>
    public long[]? ReadLabels() => _listing.Labels is { } labels ? [.. _rows.Select(row => (long)labels[(int)row])] : null;

    /// <summary>Splits at random into two parts; they are good for as long as this object is.</summary>
    /// <param name="first">Number of pictures of the first part, at least 1 and below <see cref="Count"/>.</param>
    /// <param name="seed">The split is a function of it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part would be empty.</exception>
    public (PictureData First, PictureData Second) Split(long first, long seed)
    {
        if (first < 1 || first >= Count)
            throw new ArgumentOutOfRangeException(
                nameof(first), first, $"Both parts need pictures: of {Count} the first can have 1 to {Count - 1}.");
        var order = _rows.ToArray();
        SplitMix64.For(seed, SplitStream, -1).Shuffle(order);
        return (new(this, [.. order[..(int)first].Order()]), new(this, [.. order[(int)first..].Order()]));
    }

    /// <summary>The first pictures in stored order; the part is good for as long as this object is.</summary>
    /// <param name="count">Number of pictures, at least 1 and at most <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is out of range.</exception>
    public PictureData First(long count) => count >= 1 && count <= Count
        ? new(this, _rows[..(int)count])
        : throw new ArgumentOutOfRangeException(nameof(count), count, $"There are {Count} pictures; the first 1 to {Count} can be had.");

    /// <summary>Some of the pictures, such as those of a class; the part is good for as long as this object is.</summary>
    /// <param name="indices">Places in stored order, from 0, at least one, in the order that the part shall have.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public PictureData Select(IReadOnlyList<long> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        if (indices.Count == 0)
            throw new ArgumentException("No pictures are asked for; there must be at least one.", nameof(indices));
        return new(this, [.. indices.Select(index => index >= 0 && index < Count
            ? _rows[index]
            : throw new ArgumentOutOfRangeException(nameof(indices), index, $"There are {Count} pictures, 0 to {Count - 1}."))]);
    }

    /// <summary>A hash of all pictures, as they were decoded when the folder was opened, and of their labels.</summary>
    public override string? Fingerprint()
    {
        using var hash = new ContentHash();
        foreach (var row in _rows)
            hash.Add(FormattableString.Invariant($"{_hashes[row]} {_listing.Labels?[(int)row]}"));
        return hash.Digits();
    }

    /// <inheritdoc/>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
    {
        if (size < 1 || size > Count)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"A batch has from 1 to {Count} items, as many as there are.");
        return Enumerate([.. Order(Count, seed, epoch).Select(position => _rows[position])], size);
    }

    /// <inheritdoc/>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return Enumerate(_rows, size);
    }

    /// <summary>The picture's path within the folder.</summary>
    /// <inheritdoc/>
    public override string NameOf(long position, int size) => _listing.Files[(int)_rows[position]];

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        if (disposing && _whole is null)
            _store.Dispose();
    }

    private static (PictureListing, PictureDecoder, FolderReading) Open(
        string folder, PictureOptions? options, IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options = (options ?? new()).Validated();
        var listing = PictureListing.Of(folder, options);
        var decoder = new PictureDecoder(options.Height, options.Width, options.Grey ? 1 : 3, options.MostPixels);
        var reading = new FolderReading(listing, decoder, options.Damaged, progress, cancellation);
        return (listing, reading.WithSize(), reading);
    }

    private static string HashOf(byte[] pixels)
    {
        using var hash = new ContentHash();
        hash.Add(pixels);
        return hash.Digits();
    }

    private IEnumerable<Batch> Enumerate(long[] rows, int size)
    {
        RequireUsable();
        foreach (var (pixels, part) in _store.Read([.. rows.Chunk(size)]))
        {
            RequireUsable();
            using var batch = Widened(pixels, part);
            yield return batch;
        }
    }

    private Batch Widened(torch.Tensor pixels, long[] rows)
    {
        using var scope = torch.NewDisposeScope();
        var labels = _listing.Labels is { } all
            ? torch.tensor([.. rows.Select(row => (long)all[(int)row])], torch.int64, torch.CPU)
            : null;
        return new Batch(pixels.to(_type).div_(byte.MaxValue), labels);
    }

    private void RequireUsable() => ObjectDisposedException.ThrowIf(_disposed || _whole is { _disposed: true }, this);
}
