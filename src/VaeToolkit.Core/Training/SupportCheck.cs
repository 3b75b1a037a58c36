using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Looks at all items of the data, once, whether the model can explain them, and names the first that it cannot.</summary>
internal sealed class SupportCheck<TModel>(TModel model, Objective<TModel> objective)
    where TModel : torch.nn.Module
{
    // Few batches, since each decodes a latent vector, and none of more than some megabytes.
    private const long MostItems = 1000;
    private const long MostValues = 1 << 22;

    /// <summary>What is wrong with data, as one sentence, or null.</summary>
    /// <param name="data">The data, or null for none.</param>
    /// <param name="what">What they are, such as <c>training</c>.</param>
    /// <param name="seed">Seed of what is random in the items.</param>
    public string? Finding(DataSource? data, string what, long seed)
    {
        if (data is null || data.Count == 0)
            return null;
        using var mode = EvaluationMode.Enter(model);
        var size = (int)Math.Clamp(MostValues / Math.Max(1, Shape.Size(data.ItemShape)), 1, MostItems);
        var before = 0L;
        foreach (var batch in data.InOrder(size, seed))
        {
            if (Reason(batch) is not null)
            {
                var (row, reason) = First(batch);
                return $"{data.NameOf(before + row, size)} of the {what} data is outside the likelihood's support: {reason}.";
            }
            before += batch.Size;
        }
        return null;
    }

    // Halves what is left until one row is: the first rows up to it are fine, with it they are not.
    private (long Row, string Reason) First(Batch batch)
    {
        var (fine, bad) = (0L, batch.Size);
        while (bad - fine > 1)
        {
            var middle = (fine + bad) / 2;
            using var rows = batch.Slice(0, middle);
            (fine, bad) = Reason(rows) is null ? (middle, bad) : (fine, middle);
        }
        using var row = batch.Slice(fine, 1);
        return (fine, (Reason(row) ?? Reason(batch))!.TrimEnd('.'));
    }

    private string? Reason(Batch batch)
    {
        using var scope = torch.NewDisposeScope();
        try
        {
            return objective.ExplainOutsideSupport(model, batch);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A model that does not take the data is for the trial batch to report.
            return null;
        }
    }
}
