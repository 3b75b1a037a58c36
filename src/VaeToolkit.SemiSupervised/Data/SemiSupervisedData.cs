using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// Labelled and unlabelled items in mixed batches: some labelled rows, then some unlabelled ones with −1 in the place of their label.
/// What labels the unlabelled source may have never enter a tensor. An epoch goes once through the unlabelled items, and through the
/// labelled ones as often as that takes.
/// </summary>
public sealed class SemiSupervisedData : DataSource
{
    private readonly DataSource? _labelled;
    private readonly DataSource? _unlabelled;
    private readonly int _labelledBatch;

    /// <summary>Puts the two together. Both stay the caller's.</summary>
    /// <param name="labelled">Items with labels, or null for none.</param>
    /// <param name="unlabelled">Items whose labels, if any, are not looked at, or null for none.</param>
    /// <param name="labels">What a label can be.</param>
    /// <param name="labelledBatch">
    /// Labelled rows in a batch, at least 1; with more than there are, rows come several times. Default 100. Without unlabelled items,
    /// batches have the size that is asked for.
    /// </param>
    /// <exception cref="ArgumentException">There are no items, their shapes differ,
    /// or a label is missing or no class (the message names its row).</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="labelledBatch"/> is below 1.</exception>
    public SemiSupervisedData(DataSource? labelled, DataSource? unlabelled, LabelSpace labels, int labelledBatch = 100)
    {
        ArgumentNullException.ThrowIfNull(labels);
        Shape.RequirePositive(labelledBatch, "the number of labelled rows in a batch", nameof(labelledBatch));
        if ((labelled ?? unlabelled) is not { } first)
            throw new ArgumentException("there are neither labelled nor unlabelled items", nameof(labelled));
        if (labelled is not null && unlabelled is not null && !labelled.ItemShape.SequenceEqual(unlabelled.ItemShape))
            throw new ArgumentException($"labelled items are {Shape.Text(labelled.ItemShape)}, unlabelled ones "
                + $"{Shape.Text(unlabelled.ItemShape)}; they must be the same", nameof(unlabelled));
        (_labelled, _unlabelled, _labelledBatch, ItemShape) = (labelled, unlabelled, labelledBatch, first.ItemShape);
        Warnings = [.. Doubts(labelled is null ? null : LabelCounts.Of(labelled, labels))];
    }

    /// <summary>N_l, labelled items.</summary>
    public long LabelledCount => _labelled?.Count ?? 0;

    /// <summary>N_u, unlabelled items.</summary>
    public long UnlabelledCount => _unlabelled?.Count ?? 0;

    /// <summary>Items that an epoch goes through: the unlabelled ones, or the labelled ones where there are no others.</summary>
    public override long Count => _unlabelled?.Count ?? LabelledCount;

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => new[] { ("Labelled", _labelled), ("Unlabelled", _unlabelled) }
        .SelectMany(part => (part.Item2?.Settings ?? new Dictionary<string, string>())
            .Select(setting => KeyValuePair.Create($"{part.Item1} {setting.Key}", setting.Value))).ToDictionary();

    /// <summary>How many items are labelled, how many of them a batch has, and what the labelled and the unlabelled ones say of
    /// themselves; labels of unlabelled items, which are not looked at, among it.</summary>
    public override string? Fingerprint() => string.Join(", ", new[]
    {
        _labelled is null || _unlabelled is null ? null
            : FormattableString.Invariant($"{LabelledCount} labelled items, {_labelledBatch} of them a batch"),
        _labelled?.Fingerprint() is { } shown ? $"labelled {shown}" : null,
        _unlabelled?.Fingerprint() is { } hidden ? $"unlabelled {hidden}" : null,
    }.OfType<string>()) is { Length: > 0 } text ? text : null;

    /// <summary>What is allowed but probably not meant: no labelled items, or classes without any. A sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Shows the labels of a few images of every class, drawn by a seed, and hides all others.</summary>
    /// <param name="images">Labelled images, which stay the caller's and must outlive the result.</param>
    /// <param name="perClass">Labelled images of every class, at least 1.</param>
    /// <param name="labels">What a label can be.</param>
    /// <param name="seed">The choice is a function of it.</param>
    /// <param name="labelledBatch">Labelled rows in a batch, at least 1.</param>
    /// <exception cref="ArgumentException">There are no labels, one is no class,
    /// or a class has fewer images than are asked for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public static SemiSupervisedData HideLabels(ImageData images, int perClass, LabelSpace labels, long seed, int labelledBatch = 100)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        var (shown, hidden) = LabelCounts.Choose(images.ReadLabels(), perClass, labels, seed);
        return new(images.Select(shown), hidden.Length == 0 ? null : images.Select(hidden), labels, labelledBatch);
    }

    /// <summary>Shows the labels of a few rows of every class, drawn by a seed, and hides all others.</summary>
    /// <param name="rows">Labelled rows, which stay the caller's and must outlive the result.</param>
    /// <param name="perClass">Labelled rows of every class, at least 1.</param>
    /// <param name="labels">What a label can be.</param>
    /// <param name="seed">The choice is a function of it.</param>
    /// <param name="labelledBatch">Labelled rows in a batch, at least 1.</param>
    /// <exception cref="ArgumentException">There are no labels, one is no class, or a class has fewer rows than are asked for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public static SemiSupervisedData HideLabels(TensorData rows, int perClass, LabelSpace labels, long seed, int labelledBatch = 100)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        var (shown, hidden) = LabelCounts.Choose(rows.ReadLabels(), perClass, labels, seed);
        return new(rows.Select(shown), hidden.Length == 0 ? null : rows.Select(hidden), labels, labelledBatch);
    }

    /// <summary>The labelled items alone, for a classifier that is trained on nothing else; null when there are none.</summary>
    public DataSource? Labelled => _labelled;

    /// <summary>
    /// Mixed batches in an order drawn from (seed, epoch). A batch has as many labelled rows as the constructor was told, and
    /// <paramref name="size"/> unlabelled ones, the last one fewer.
    /// </summary>
    /// <param name="size">Unlabelled items a batch; labelled ones where there are no others.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 1 or above <see cref="Count"/>.</exception>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
    {
        if (_unlabelled is null)
            return Together(_labelled!.Batches(size, seed, epoch), []);
        var hidden = _unlabelled.Batches(size, seed, epoch);
        if (_labelled is null)
            return Together([], hidden);
        var steps = (int)((_unlabelled.Count + size - 1) / size);
        return Together(new LabelledStream(_labelled, _labelledBatch, seed, epoch, steps).Batches(), hidden);
    }

    /// <summary>Mixed batches in stored order, every item once: labelled rows run out before unlabelled ones, or after.</summary>
    /// <param name="size">Unlabelled items a batch; labelled ones where there are no others.</param>
    /// <param name="seed">Seed of what is random in the items.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 1.</exception>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0)
    {
        if (_unlabelled is null)
            return Together(_labelled!.InOrder(size, seed), []);
        return Together(_labelled?.InOrder(_labelledBatch, seed) ?? [], _unlabelled.InOrder(size, seed));
    }

    /// <inheritdoc/>
    public override string NameOf(long position, int size)
    {
        if (_labelled is null || _unlabelled is null)
            return (_labelled ?? _unlabelled)!.NameOf(position, size);
        for (var (shown, hidden) = (0L, 0L); ;)
        {
            var (some, others) = (Math.Min(_labelledBatch, LabelledCount - shown), Math.Min(size, UnlabelledCount - hidden));
            if (position < some)
                return FormattableString.Invariant($"Labelled item {shown + position}");
            if (position < some + others || some + others == 0)
                return FormattableString.Invariant($"Unlabelled item {hidden + position - some}");
            (shown, hidden, position) = (shown + some, hidden + others, position - some - others);
        }
    }

    /// <summary>Releases nothing: both sources are the caller's.</summary>
    /// <param name="disposing">Not used.</param>
    protected override void Dispose(bool disposing)
    {
    }

    private static IEnumerable<Batch> Together(IEnumerable<Batch> labelled, IEnumerable<Batch> unlabelled)
    {
        using var shown = labelled.GetEnumerator();
        using var hidden = unlabelled.GetEnumerator();
        while (true)
        {
            var (one, other) = (shown.MoveNext() ? shown.Current : null, hidden.MoveNext() ? hidden.Current : null);
            if (one is null && other is null)
                yield break;
            using var batch = Mixed(one, other);
            yield return batch;
        }
    }

    private static Batch Mixed(Batch? labelled, Batch? unlabelled)
    {
        using var scope = torch.NewDisposeScope();
        var parts = new List<(torch.Tensor Items, torch.Tensor Labels)>();
        if (labelled is not null)
            parts.Add((labelled.Items, labelled.Labels!));
        if (unlabelled is not null)
            parts.Add((unlabelled.Items, torch.full([unlabelled.Size], MixedRows.Hidden, torch.int64, unlabelled.Items.device)));
        var (items, labels) = parts.Count == 1 ? (parts[0].Items.alias(), parts[0].Labels.alias())
            : (torch.cat([.. parts.Select(part => part.Items)]), torch.cat([.. parts.Select(part => part.Labels)]));
        return new Batch(items, labels)
        {
            // The constructor has looked at every label.
            LabelledItems = labelled?.Size ?? 0,
        };
    }

    private static IEnumerable<string> Doubts(long[]? counts)
    {
        if (counts is null)
            yield return "No item is labelled: the classifier learns from the bound alone, and its classes have no names.";
        else if (counts.Contains(0))
            yield return "Classes without a labelled item: "
                + $"{string.Join(", ", Enumerable.Range(0, counts.Length).Where(c => counts[c] == 0))}.";
    }
}
