using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>What is kept of the data that a model was trained with.</summary>
internal static class TrainingData
{
    /// <summary>The objective, and the data's shape, number and range.</summary>
    internal static TrainingRecord Record<TModel>(Objective<TModel> objective, DataSource train, long seed)
        where TModel : torch.nn.Module
    {
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var batch in train.InOrder(train.ItemsAtATime, seed))
        {
            using var scope = torch.NewDisposeScope();
            (least, most) = (Math.Min(least, batch.Items.min().ToDouble()), Math.Max(most, batch.Items.max().ToDouble()));
        }
        return new(objective.GetType().Name, objective.Settings, [.. train.ItemShape], Finite(least), Finite(most), train.Count);
    }

    // Data with NaN are the trial batch's matter; JSON has no such number.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
