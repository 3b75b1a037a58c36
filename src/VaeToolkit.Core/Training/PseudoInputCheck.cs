using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Looks whether the pseudo-inputs of a model's prior can become what the items are: those of a range cannot leave it.</summary>
internal static class PseudoInputCheck
{
    private const int MostItems = 1000;

    /// <summary>What is wrong with data, as one sentence, or null.</summary>
    /// <param name="model">The model, of any kind.</param>
    /// <param name="data">The data, or null for none.</param>
    /// <param name="what">What they are, such as <c>training</c>.</param>
    /// <param name="seed">Seed of what is random in the items.</param>
    public static string? Finding(torch.nn.Module model, DataSource? data, string what, long seed)
    {
        if (model is not Vae { Prior: VampPrior prior } || data is null || data.Count == 0)
            return null;
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var batch in data.InOrder(MostItems, seed))
        {
            using var scope = torch.NewDisposeScope();
            (least, most) = (Math.Min(least, batch.Items.min().ToDouble()), Math.Max(most, batch.Items.max().ToDouble()));
        }
        return prior.ExplainOutOfReach(least, most) is { } why ? $"The {what} data {why}." : null;
    }
}
