using TorchSharp;

namespace VaeToolkit.Reports;

/// <summary>The items of a report, taken out of their source once, so that all sections see the same.</summary>
internal static class ReportItems
{
    private const int BatchSize = 500;

    public static TensorData? First(DataSource data, Vae model, ReportOptions options)
    {
        if (data.Count == 0 || Size(data.ItemShape) != Size(model.ItemShape))
            return null;
        var isFlat = data.ItemShape.Count == 1 || model.ItemShape.Count == 1;
        // [28, 28] is [1, 28, 28].
        if (!isFlat && !data.ItemShape.Where(length => length > 1).SequenceEqual(model.ItemShape.Where(length => length > 1)))
        {
            throw new ArgumentException($"Data has items of [{string.Join(", ", data.ItemShape)}], the model's are "
                + $"[{string.Join(", ", model.ItemShape)}]: the same count in another order; permute the axes first", nameof(options));
        }
        using var scope = torch.NewDisposeScope();
        var like = model.parameters().First();
        var (items, labels) = (new List<torch.Tensor>(), new List<torch.Tensor>());
        var left = (long)options.MostItems;
        foreach (var batch in data.InOrder((int)Math.Min(BatchSize, options.MostItems), options.Seed))
        {
            var taken = Math.Min(left, batch.Size);
            items.Add(batch.Items.narrow(0, 0, taken).to(like.dtype).to(like.device, copy: true));
            if (batch.Labels is { Dimensions: 1 } label)
                labels.Add(label.narrow(0, 0, taken).cpu().clone());
            left -= taken;
            if (left == 0)
                break;
        }
        return new(
            torch.cat(items).reshape([-1, .. model.ItemShape]), labels.Count == items.Count ? torch.cat(labels) : null);
    }

    /// <summary>The first of some items, of the caller's dispose scope: a batch goes when its source is asked for no more.</summary>
    public static torch.Tensor Head(this TensorData items, int count)
    {
        foreach (var batch in items.InOrder(count))
            return batch.Items.clone();
        throw new ArgumentException("there are no items", nameof(items));
    }

    private static long Size(IReadOnlyList<long> shape) => shape.Aggregate(1L, (size, length) => size * length);
}
