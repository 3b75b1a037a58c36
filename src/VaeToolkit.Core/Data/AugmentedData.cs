using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Pictures that are shifted, and mirrored if asked for, at random whenever they are trained on. What is drawn for a picture is a
/// function of (seed, epoch, its place in the epoch), so runs are repeated and resumed as without it. Batches in order, for validation
/// and evaluation, are left as they are.
/// </summary>
public sealed class AugmentedData : DataSource
{
    // Grey, colour and opacity.
    private const long MostChannels = 4;

    // A stream that neither an order nor a binarisation has.
    private const long Stream = -3;

    private const string Augmentation = "Augmentation";

    private readonly DataSource _pictures;
    private readonly PictureAugmentation _options;

    /// <summary>Takes pictures from another source, which stays the caller's and has to outlive this one.</summary>
    /// <param name="pictures">Pictures <c>[C, H, W]</c>.</param>
    /// <param name="options">What is done to them; null for the defaults.</param>
    /// <exception cref="ArgumentException">Items are no pictures.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The shift is negative, or as large as a picture.</exception>
    public AugmentedData(DataSource pictures, PictureAugmentation? options = null)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        (_pictures, _options) = (pictures, options ?? new());
        if (pictures.ItemShape is not [_, var height, var width])
            throw new ArgumentException(
                $"items have the shape {Shape.Text(pictures.ItemShape)}; pictures are [C, H, W]", nameof(pictures));
        if (pictures.ItemShape[0] is var channels && width <= MostChannels && height > MostChannels && channels > MostChannels)
            throw new ArgumentException($"items have the shape {Shape.Text(pictures.ItemShape)}; pictures are [C, H, W], but these have "
                + "their channels last; permute them first", nameof(pictures));
        var most = Math.Min(height, width) - 1;
        if (_options.Shift < 0 || _options.Shift > most)
            throw new ArgumentOutOfRangeException(
                nameof(options), _options.Shift, $"Shift must be 0 to {most} for pictures {Shape.Text(pictures.ItemShape)}");
    }

    /// <inheritdoc/>
    public override long Count => _pictures.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _pictures.ItemShape;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings
        => new Dictionary<string, string>(_pictures.Settings)
        {
            // Of pictures that come augmented both count.
            [Augmentation] = (_pictures.Settings.TryGetValue(Augmentation, out var first) ? $"{first}, then " : "") + _options,
        };

    /// <inheritdoc/>
    public override string? Fingerprint() => _pictures.Fingerprint();

    /// <inheritdoc/>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
        => Augmented(_pictures.Batches(size, seed, epoch), seed, epoch);

    /// <inheritdoc/>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0) => _pictures.InOrder(size, seed);

    /// <inheritdoc/>
    public override string NameOf(long position, int size) => _pictures.NameOf(position, size);

    /// <summary>Does nothing: the pictures are the caller's.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private IEnumerable<Batch> Augmented(IEnumerable<Batch> batches, long seed, int epoch)
    {
        var random = SplitMix64.For(seed, epoch, Stream);
        foreach (var batch in batches)
        {
            using var augmented = new Batch(Augment(batch.Items, ref random), batch.Labels?.alias());
            yield return augmented;
        }
    }

    // Rows and columns are looked up: a mirrored column counts from the right, and one beyond the edge is the one at the edge.
    private torch.Tensor Augment(torch.Tensor items, ref SplitMix64 random)
    {
        using var scope = torch.NewDisposeScope();
        var (n, height, width) = ((int)items.shape[0], (int)items.shape[2], (int)items.shape[3]);
        var (rows, columns) = (new long[n * height], new long[n * width]);
        for (var i = 0; i < n; i++)
        {
            var mirrored = _options.Mirror && (random.Next() & 1) == 1;
            var (down, right) = (Draw(ref random), Draw(ref random));
            for (var y = 0; y < height; y++)
                rows[i * height + y] = Math.Clamp(y + down, 0, height - 1);
            for (var x = 0; x < width; x++)
            {
                var column = Math.Clamp(x + right, 0, width - 1);
                columns[i * width + x] = mirrored ? width - 1 - column : column;
            }
        }
        var byRow = torch.tensor(rows, torch.int64, items.device).reshape(n, 1, height, 1).expand(items.shape);
        var byColumn = torch.tensor(columns, torch.int64, items.device).reshape(n, 1, 1, width).expand(items.shape);
        return items.gather(2, byRow).gather(3, byColumn).MoveToOuterDisposeScope();
    }

    private int Draw(ref SplitMix64 random) => _options.Shift == 0 ? 0 : random.Below(2 * _options.Shift + 1) - _options.Shift;
}
