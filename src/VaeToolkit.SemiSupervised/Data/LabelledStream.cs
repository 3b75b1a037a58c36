using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// Labelled batches of one size, as many as there are steps, from pass after pass through the labelled items in orders of their own. Where
/// a batch is larger than the set, it holds whole passes and a part of one, so rows come several times.
/// </summary>
internal sealed class LabelledStream(DataSource source, int size, long seed, int epoch, int steps)
{
    internal IEnumerable<Batch> Batches()
    {
        var left = steps;
        // Passes are numbered through, so that no two of a run share an order.
        for (var pass = checked((long)epoch * Passes); left > 0; pass++)
        {
            foreach (var batch in Pass(checked((int)pass)).Take(left))
            {
                left--;
                yield return batch;
            }
        }
    }

    private long BatchesInAPass => Math.Max(1, source.Count / size);

    private long PassesInABatch => (size + source.Count - 1) / source.Count;

    private long Passes => (steps + BatchesInAPass - 1) / BatchesInAPass;

    private IEnumerable<Batch> Pass(int pass)
        => size <= source.Count ? source.Batches(size, seed, pass).Where(batch => batch.Size == size) : Repeated(pass);

    private IEnumerable<Batch> Repeated(int pass)
    {
        using var batch = SeveralPasses(pass);
        yield return batch;
    }

    private Batch SeveralPasses(int pass)
    {
        using var scope = torch.NewDisposeScope();
        var (items, labels) = (new List<torch.Tensor>(), new List<torch.Tensor>());
        for (var part = 0; part < PassesInABatch; part++)
        {
            foreach (var batch in source.Batches((int)source.Count, seed, checked((int)(pass * PassesInABatch + part))))
            {
                items.Add(batch.Items.alias());
                labels.Add(batch.Labels!.alias());
            }
        }
        return new Batch(torch.cat(items).narrow(0, 0, size).clone(), torch.cat(labels).narrow(0, 0, size).clone());
    }
}
