using TorchSharp;

namespace VaeToolkit.Archetypes;

/// <summary>
/// How well the vertices of a model's simplex are filled by data, all of it at once: the training loss takes its softmax over a batch,
/// and moves with what happens to be in it.
/// </summary>
public sealed record VertexReport
{
    private const int BatchSize = 1000;

    /// <summary>Z_pred = B μ with B over all items, k rows of M numbers.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Predicted { get; init; }

    /// <summary>The distance of each predicted vertex from the fixed one, of norm 1.</summary>
    public required IReadOnlyList<double> Distances { get; init; }

    /// <summary>l_AT over all items, the mean squared difference of <see cref="Predicted"/> from the vertices.</summary>
    public required double ArchetypeLoss { get; init; }

    /// <summary>For each vertex the real item whose mean is nearest to it.</summary>
    public required IReadOnlyList<NearestItem> Nearest { get; init; }

    /// <summary>The mean σ of q(t|x): large beside an edge, samples are outside of the simplex.</summary>
    public required double MeanScale { get; init; }

    /// <summary>Number of items N.</summary>
    public required long Items { get; init; }

    /// <summary>Looks at data, in evaluation mode, in one pass and batches of a thousand.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Items on its device, with side information beside them or without.</param>
    /// <param name="progress">Told the share of the items that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">There are fewer items than archetypes, they do not fit the model, or a value is NaN or infinite.
    /// </exception>
    /// <exception cref="ArithmeticException">An item's weights are NaN, since its values are too large; the message names the item.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static VertexReport Of(
        DeepArchetypes model, DataSource data, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Count < model.ArchetypeCount)
            throw new ArgumentException(
                $"there are {data.Count} item(s), of which {model.ArchetypeCount} archetypes cannot be mixed", nameof(data));
        using var mode = EvaluationMode.Enter(model);
        var tally = new VertexTally(model.Encoder.Simplex);
        foreach (var batch in data.InOrder(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var x = model.XOf(batch.Items);
            Shape.RequireItems(x, model.ItemShape, nameof(data));
            Shape.RequireFinite(x, nameof(data), tally.Items);
            tally.Add(model.Encoder.Read(x));
            progress?.Report((double)tally.Items / data.Count);
        }
        return tally.Report();
    }

    /// <summary>A line for each vertex.</summary>
    public override string ToString() => TextTable.Of(
        [["archetype", "distance of Z_pred", "nearest item", "its distance", "its weight"],
            .. Nearest.Select(item => (string[])[$"{item.Archetype}", TextTable.Number(Distances[item.Archetype]), $"{item.Item}",
                TextTable.Number(item.Distance), TextTable.Number(item.Weight)])])
        + FormattableString.Invariant($"{Environment.NewLine}archetype loss {ArchetypeLoss:G4}, mean scale {MeanScale:G4}, ")
        + FormattableString.Invariant($"{Items} items");
}
