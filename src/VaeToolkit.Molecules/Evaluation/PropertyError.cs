using TorchSharp;

namespace VaeToolkit.Molecules;

/// <summary>How far off a property is said, beside what is without a model.</summary>
/// <param name="Name">The property.</param>
/// <param name="MeanAbsoluteError">The mean absolute error, in the property's unit.</param>
/// <param name="MeanPredictorError">That of the training molecules' mean.</param>
public sealed record PropertyError(string Name, double MeanAbsoluteError, double MeanPredictorError)
{
    /// <summary>The error over the mean predictor's; below 1 is better than nothing.</summary>
    public double Ratio => MeanAbsoluteError / MeanPredictorError;

    /// <summary>The property, its error and the ratio.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Name}: mean absolute error {MeanAbsoluteError:G4}, {Ratio:F3} of the mean predictor's {MeanPredictorError:G4}");

    /// <summary>The errors of a model's properties over molecules, by their posteriors' means.</summary>
    /// <param name="model">The model, with properties.</param>
    /// <param name="table">The molecules, such as those held back, with the model's properties among theirs.</param>
    /// <exception cref="ArgumentException">A string does not fit the model, or a property is missing.</exception>
    /// <exception cref="InvalidOperationException">The model has no properties.</exception>
    public static IReadOnlyList<PropertyError> Of(MoleculeVae model, MoleculeTable table)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(table);
        using var mode = EvaluationMode.Enter(model);
        using var scope = torch.NewDisposeScope();
        var predicted = model.Predict(model.Encode(table.Smiles)).cpu();
        return [.. model.Scaling!.Names.Select((name, p) => new PropertyError(
            name, MeanError(table.Property(name), predicted.select(1, p).contiguous().data<double>().ToArray()),
            MeanError(table.Property(name), Enumerable.Repeat(model.Scaling.Means[p], table.Count))))];
    }

    private static double MeanError(IEnumerable<double> values, IEnumerable<double> predictions)
        => values.Zip(predictions, (value, prediction) => Math.Abs(value - prediction)).Average();
}
