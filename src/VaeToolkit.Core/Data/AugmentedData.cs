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

    private const long Together = 1 << 16;

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

    // Those of many batches are drawn together, and sent together to where the pictures are: at every batch that would wait for a GPU.
    private IEnumerable<Batch> Augmented(IEnumerable<Batch> batches, long seed, int epoch)
    {
        var random = SplitMix64.For(seed, epoch, Stream);
        torch.Tensor? moves = null;
        try
        {
            var used = 0L;
            foreach (var batch in batches)
            {
                if (moves is null || used + batch.Size > moves.shape[0])
                    (moves, used) = (Extended(moves, used, Math.Max(batch.Size, Together), ref random, batch.Items.device), 0);
                using var augmented = Moved(batch, moves, used);
                used += batch.Size;
                yield return augmented;
            }
        }
        finally
        {
            moves?.Dispose();
        }
    }

    // [N, 3]: whether a picture is mirrored, how far down it goes, and how far to the right. Those that are not used come first.
    private torch.Tensor Extended(torch.Tensor? moves, long used, long count, ref SplitMix64 random, torch.Device device)
    {
        var drawn = new long[count * 3];
        for (var i = 0; i < drawn.Length; i += 3)
        {
            drawn[i] = _options.Mirror && (random.Next() & 1) == 1 ? 1 : 0;
            drawn[i + 1] = Draw(ref random);
            drawn[i + 2] = Draw(ref random);
        }
        using var before = moves;
        using var more = torch.tensor(drawn, [count, 3], torch.int64, device);
        using var left = before?.narrow(0, used, before.shape[0] - used);
        return (left is null ? more.alias() : torch.cat([left, more])).DetachFromDisposeScope();
    }

    // Rows and columns are looked up: a mirrored column counts from the right, and one beyond the edge is the one at the edge.
    private static Batch Moved(Batch batch, torch.Tensor moves, long first)
    {
        using var scope = torch.NewDisposeScope();
        var (items, own) = (batch.Items, moves.narrow(0, first, batch.Size));
        var (mirrored, down, right) = (own.narrow(1, 0, 1).to(torch.@bool), own.narrow(1, 1, 1), own.narrow(1, 2, 1));
        var rows = Clamped(down, items.shape[2]);
        var columns = Clamped(right, items.shape[3]);
        columns = torch.where(mirrored, columns.neg() + (items.shape[3] - 1), columns);
        return batch.In(
            items.gather(2, rows.unsqueeze(1).unsqueeze(3).expand(items.shape))
                .gather(3, columns.unsqueeze(1).unsqueeze(2).expand(items.shape)),
            batch.Labels?.alias());

        static torch.Tensor Clamped(torch.Tensor offsets, long count)
            => (torch.arange(count, torch.int64, offsets.device) + offsets).clamp(0, count - 1);
    }

    private int Draw(ref SplitMix64 random) => _options.Shift == 0 ? 0 : random.Below(2 * _options.Shift + 1) - _options.Shift;
}
