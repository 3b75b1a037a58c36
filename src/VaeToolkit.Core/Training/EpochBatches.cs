using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>The batches of an epoch, the last one treated as the options say.</summary>
internal static class EpochBatches
{
    /// <summary>How many there are.</summary>
    public static long Count(DataSource data, TrainingOptions options)
        => data.Count / options.BatchSize + (options.LastBatch == LastBatch.Keep && Rest(data, options) > 0 ? 1 : 0);

    /// <summary>Whether an epoch has batches of several items, and a last one with one item only.</summary>
    public static bool EndWithOneItem(DataSource data, TrainingOptions options)
        => options is { LastBatch: LastBatch.Keep, BatchSize: > 1 } && Rest(data, options) == 1;

    /// <summary>The batches, of which a rank may get its own items only; each is good until the next one is asked for.</summary>
    public static IEnumerable<Batch> Of(DataSource data, TrainingOptions options, int epoch, RankGroup? ranks = null)
    {
        // A rank's share of two batches together is not its shares of each.
        var merges = options.LastBatch == LastBatch.Merge && Rest(data, options) > 0;
        var batches = data.BatchesFor(merges ? null : ranks, options.BatchSize, options.Seed, epoch);
        var full = (int)(data.Count / options.BatchSize);
        return Rest(data, options) == 0 ? batches : options.LastBatch switch
        {
            LastBatch.Drop => batches.Take(full),
            LastBatch.Merge => Merged(batches, full),
            _ => batches,
        };
    }

    private static long Rest(DataSource data, TrainingOptions options) => data.Count % options.BatchSize;

    private static IEnumerable<Batch> Merged(IEnumerable<Batch> batches, int full)
    {
        Batch? held = null;
        try
        {
            var number = 0;
            foreach (var batch in batches)
            {
                if (++number < full)
                    yield return batch;
                else if (number == full)
                    held = Copy(batch);
                else
                {
                    using var merged = Joined(held!, batch);
                    yield return merged;
                }
            }
        }
        finally
        {
            held?.Dispose();
        }
    }

    // Its source may use its memory again when the next one is asked for.
    private static Batch Copy(Batch batch) => batch.In(batch.Items.clone(), batch.Labels?.clone());

    private static Batch Joined(Batch first, Batch second)
    {
        using var scope = torch.NewDisposeScope();
        return new(Together(first.Items, second.Items), first.Labels is { } labels ? Together(labels, second.Labels!) : null)
        {
            LabelledItems = first.LabelledItems + second.LabelledItems,
            LongestSequence = first.LongestSequence is { } one && second.LongestSequence is { } other ? Math.Max(one, other) : null,
        };

        // Labelled items come first in a batch that says how many they are.
        torch.Tensor Together(torch.Tensor one, torch.Tensor other)
            => first.LabelledItems is { } shown && second.LabelledItems is { } others
            ? torch.cat([
                one.narrow(0, 0, shown), other.narrow(0, 0, others),
                one.narrow(0, shown, first.Size - shown), other.narrow(0, others, second.Size - others)])
            : torch.cat([one, other]);
    }
}
