using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// Trains models: epochs, validation, early stopping, checkpoints, callbacks and progress around <see cref="TrainingLoop.Step"/>.
/// </summary>
public static class Trainer
{
    internal const string IsTrained = "is being trained";

    /// <summary>
    /// Trains a model on the device where it is. The same seed, data and machine give the same losses on a CPU, bit for bit, and a resumed
    /// run those of an uninterrupted one: torch's generator is seeded anew from (seed, epoch) at every epoch's start. The CPU generator is
    /// afterwards as it was before. Two runs on two threads share the generator, so they train well but cannot be repeated.
    /// </summary>
    /// <remarks>
    /// After every epoch: validation, the schedule's step, callbacks, then the line in <c>metrics.jsonl</c> and the checkpoints. A run that
    /// is cancelled or killed within an epoch resumes at that epoch's start.
    /// </remarks>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <param name="model">The model; its parts are left in the mode (training or evaluation) in which they were.</param>
    /// <param name="objective">What to minimise. It goes on counting where it stands.</param>
    /// <param name="train">The training data; not disposed.</param>
    /// <param name="validation">The validation data, or null for none; not disposed.</param>
    /// <param name="options">How to train; null for the defaults.</param>
    /// <param name="callbacks">Called while training, in order.</param>
    /// <param name="progress">Told where the run stands, a few times a second.</param>
    /// <param name="cancellationToken">Stops the run before the next step; what was finished is returned.</param>
    /// <exception cref="ArgumentException">Options are out of range, or there are fewer items than a batch has, or halves are asked for
    /// that would not give the batch's gradients; or ranks differ, in what the message says of each.</exception>
    /// <exception cref="InvalidOperationException">Another thread is reading or training the model, or a page is asked for
    /// (<see cref="TrainingOptions.Report"/>) and the application has no <c>VaeToolkit.Reports</c>; or at an epoch's end ranks have come to
    /// other learning rates or weights.</exception>
    /// <exception cref="PreFlightException">A look at data, model and options, and one trial batch, showed that the run would go wrong; the
    /// message lists all of it.</exception>
    /// <exception cref="NonFiniteLossException">A loss, a term, a parameter or a buffer became NaN or infinite;
    /// checkpoints are from before.</exception>
    /// <exception cref="TrainingCallbackException">A callback threw.</exception>
    /// <exception cref="CheckpointException">The run cannot be resumed from its checkpoint: it is damaged, or of a run with other settings,
    /// all of which are named. Model and objective are as they were.</exception>
    /// <exception cref="NotSupportedException">Checkpoints are asked for, and the optimiser's state cannot be saved.</exception>
    /// <exception cref="IOException">The run's folder cannot be written.</exception>
    public static TrainingResult Fit<TModel>(
        TModel model,
        Objective<TModel> objective,
        DataSource train,
        DataSource? validation = null,
        TrainingOptions? options = null,
        IReadOnlyList<ITrainingCallback<TModel>>? callbacks = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(train);
        if (callbacks?.Contains(null!) == true)
            throw new ArgumentException($"callbacks[{callbacks.ToList().IndexOf(null!)}] is null", nameof(callbacks));
        options ??= new TrainingOptions();
        return RankGroup.Together(options.Exchange, ranks =>
        {
            using var alone = ExclusiveUse.Begin(model, IsTrained);
            var all = callbacks;
            RankGroup.Agree(ranks, () =>
            {
                Check(model, objective, train, validation, options, ranks);
                all = RunPage.Add(callbacks, options, validation);
            });
            if (ranks is not null)
                RankManifest.RequireSameCalls(ranks, () => RankManifest.Of(model, options), () => Begin(ranks, all, run => run.Manifest()));
            if (options.PreFlight)
                PreFlight.CheckAlike(model, objective, train, validation, options, callbacks ?? [], ranks);
            return Begin(ranks, all, run => run.Run());
        });

        T Begin<T>(RankGroup? ranks, IReadOnlyList<ITrainingCallback<TModel>>? all, Func<TrainingRun<TModel>, T> use)
        {
            using var seed = SeedScope.Begin(options.Seed);
            using var modes = new PartModes(model);
            using var run = new TrainingRun<TModel>(
                model, objective, train, validation, options, all, progress, ranks, cancellationToken);
            return use(run);
        }
    }

    private static void Check<TModel>(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options, RankGroup? ranks)
        where TModel : torch.nn.Module
    {
        options.Validate();
        DataCheck.Require(model, objective, train, validation, options);
        if (options.SplitBatches == true)
            FastPaths.RequireHalves(model, objective);
        if (ranks is not null)
            DivisionCheck.Require(model, objective);
    }
}
