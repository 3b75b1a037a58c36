using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// Makes and trains a <see cref="Savae"/> in one call. For anything out of the ordinary use
/// <see cref="Trainer"/> with <see cref="SavaeElbo"/>.
/// </summary>
public static class SavaeTraining
{
    /// <summary>
    /// Trains with Adam, stops early on held-out patients and keeps the best epoch's weights. The unit of time is the mean of all times
    /// given. The same seed gives the same model.
    /// </summary>
    /// <param name="data">The training patients.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told where the run stands.</param>
    /// <param name="cancellationToken">Stops the run; the best weights so far are kept.</param>
    /// <returns>The model, which the caller disposes, and how training went.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or the validation share leaves no patients on a side.</exception>
    /// <exception cref="NonFiniteLossException">The bound became NaN or infinite.</exception>
    public static (Savae Model, TrainingResult Result) Fit(
        PatientData data, SavaeTrainingOptions? options = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new();
        options.Validate();
        using var seed = SeedScope.Begin(options.Seed);
        var model = new Savae(data.Covariates.Schema, Mean(data.Response.Times.ToArray()), data.Treatments, options.Model);
        try
        {
            return (model, Train(model, data, options, progress, cancellationToken));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // Of parts of the largest: the sum of times may be too large for a number.
    private static double Mean(double[] times)
    {
        var largest = Math.ScaleB(1, Math.ILogB(times.Max()));
        return times.Average(time => time / largest) * largest;
    }

    private static TrainingResult Train(
        Savae model, PatientData data, SavaeTrainingOptions options, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var items = model.Items(data);
        var held = (int)Math.Round(options.ValidationShare * data.Count);
        if (held >= data.Count || (held == 0 && options.ValidationShare > 0))
            throw new ArgumentException(FormattableString.Invariant(
                $"A validation share of {options.ValidationShare} of {data.Count} patients leaves one side without any."), nameof(options));
        (TensorData? validation, var training) = held > 0 ? items.Split(held, options.Seed) : (null, items);
        using var best = new BestWeights<Savae>(model);
        var result = Trainer.Fit(
            model, new SavaeElbo(options.Elbo), training, validation, options.ForTrainer((int)training.Count, validation is not null),
            [best], progress, cancellationToken);
        if (validation is not null)
            best.Restore();
        return result;
    }
}
