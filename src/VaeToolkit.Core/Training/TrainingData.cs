using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>What is kept of the data that a model was trained with.</summary>
internal static class TrainingData
{
    private const long MostValues = 1 << 22;

    /// <summary>The objective, and the data's shape, number and range.</summary>
    internal static TrainingRecord Record<TModel>(Objective<TModel> objective, DataSource train, long seed)
        where TModel : torch.nn.Module
    {
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        var size = (int)Math.Clamp(MostValues / Math.Max(1, Shape.Size(train.ItemShape)), 1, train.Count);
        foreach (var batch in train.InOrder(size, seed))
        {
            using var scope = torch.NewDisposeScope();
            (least, most) = (Math.Min(least, batch.Items.min().ToDouble()), Math.Max(most, batch.Items.max().ToDouble()));
        }
        return new(objective.GetType().Name, objective.Settings, [.. train.ItemShape], Finite(least), Finite(most), train.Count);
    }

    // Data with NaN are the trial batch's matter; JSON has no such number.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
