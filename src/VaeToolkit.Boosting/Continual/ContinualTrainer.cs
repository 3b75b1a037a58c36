using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Trains a model on task after task, with strategies against forgetting, and evaluates it after each on the test items of all tasks seen.
/// For each task: the seed is set again, Adam and warm-up begin afresh, and the best epoch's weights (by the bound on the task's own
/// validation items) are kept, or a mean over epochs (<see cref="ContinualOptions.AveragedEpochs"/>).
/// </summary>
public static class ContinualTrainer
{
    /// <summary>Trains and evaluates. With a folder, finished tasks are saved there, and a run that resumes goes on after them.</summary>
    /// <remarks>
    /// When a task's training is cancelled or fails, the model is put back as it was before that task, so the run can be begun again. After
    /// a stop between tasks, in evaluation, model and strategies hold the task that was just learned: make them anew to resume.
    /// </remarks>
    /// <param name="model">The model; its prior is what the strategies need (a boosted one for <c>PriorBoosting</c>).</param>
    /// <param name="tasks">The tasks.</param>
    /// <param name="strategies">Asked in order; none is fine-tuning.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="taskEnded">Called after every task that this run trained, evaluated and saved.</param>
    /// <param name="progress">Told where the training of a task stands.</param>
    /// <param name="cancellationToken">Stops between steps; finished tasks stay saved.</param>
    /// <returns>The likelihoods after each task.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArgumentException">The model does not have what a strategy needs, or a task has fewer items than a batch (which is
    /// found before the first task begins).</exception>
    /// <exception cref="PreFlightException">Of some task, an item is outside of the likelihood's support, the last batch has one item that
    /// the model cannot take (batch statistics), or the warm-up takes more epochs than there are, or reaches into the epochs whose mean is
    /// kept; a boosted prior would not get its components or not be pruned when it is asked for, or items lie below its pseudo-inputs'
    /// range; or a part of the model is not registered. All of it is found before the first task begins, and listed.</exception>
    /// <exception cref="CheckpointException">The folder holds a run with other tasks or items, another prior,
    /// other strategies or settings, or is damaged. The model is as it was.</exception>
    /// <exception cref="NonFiniteLossException">A loss, a parameter or a buffer became NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ContinualResult Run(
        Vae model, TaskSequence tasks, IReadOnlyList<ContinualStrategy> strategies, ContinualOptions? options = null,
        Action<ContinualStage>? taskEnded = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(strategies);
        options = (options ?? new()).Validated();
        PreFlight.Require(Findings(model, tasks, strategies, options));
        var folder = new ContinualFolder(options.Folder);
        var record = Begin(model, tasks, strategies, options, folder);
        while (record.Matrix.Count < tasks.Tasks.Count)
        {
            var stage = new ContinualStage(
                model, tasks.Tasks[record.Matrix.Count], record.Matrix.Count, options.OfTask(record.Matrix.Count));
            var before = Environment.CpuUsage.TotalTime;
            Learn(stage, strategies, progress, cancellationToken);
            var seconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            var row = Likelihoods(stage, tasks, strategies, cancellationToken);
            record = record with { Matrix = [.. record.Matrix, row], ProcessorSeconds = [.. record.ProcessorSeconds, seconds] };
            folder.Save(model, strategies, record);
            taskEnded?.Invoke(stage);
        }
        return new(record.Tasks, [.. tasks.Tasks.Select(task => task.Test.Count)], record.Matrix,
            options.Likelihood.Samples, record.ProcessorSeconds);
    }

    // Of all tasks before the first one, so that a fault of the last does not show after hours.
    private static List<string> Findings(
        Vae model, TaskSequence tasks, IReadOnlyList<ContinualStrategy> strategies, ContinualOptions options)
    {
        var objective = new PenalisedBound(strategies, options.WarmUpEpochs);
        var findings = new List<string>(UnregisteredParts.Findings(model));
        for (var number = 0; number < tasks.Tasks.Count; number++)
        {
            var (task, own) = (tasks.Tasks[number], options.OfTask(number));
            findings.AddRange(PreFlight.WarmUpFindings(objective, own.Epochs, task.Train, OptionsOf(own)));
            findings.AddRange(PreFlight.DataFindings(model, objective, options.Seed, (task.Train, $"task {task.Name}'s training"),
                (task.Validation, $"task {task.Name}'s validation"), (task.Test, $"task {task.Name}'s test")));
            var items = task.Train.Count + strategies.Sum(strategy => strategy.AddedItems(number));
            if (items < own.BatchSize)
                throw new ArgumentException(FormattableString.Invariant(
                    $"The batch size is {own.BatchSize}, but task {task.Name} has only {items} training items."), nameof(tasks));
            if (LastBatchFinding(model, task, items, own) is { } lastBatch)
                findings.Add(lastBatch);
            if (KeptWeights.Finding(own) is { } averaged)
                findings.Add(averaged);
            var stage = new ContinualStage(model, task, number, own) { TrainingItems = items };
            findings.AddRange(strategies.SelectMany(strategy => strategy.Findings(stage)));
        }
        return [.. findings.Distinct()];
    }

    private static string? LastBatchFinding(Vae model, ContinualTask task, long items, ContinualOptions options)
        => options.LastBatch == LastBatch.Keep && options.BatchSize > 1 && items % options.BatchSize == 1
            && LoneItem.Finding(model, task.Train, options.Seed) is { } finding
                ? FormattableString.Invariant($"An epoch's last batch of task {task.Name} has 1 item ({items} items in batches of ")
                    + FormattableString.Invariant($"{options.BatchSize}), and {finding}; {FiniteState.Remedy}.")
                : null;

    private static ContinualRecord Begin(
        Vae model, TaskSequence tasks, IReadOnlyList<ContinualStrategy> strategies, ContinualOptions options, ContinualFolder folder)
    {
        var record = new ContinualRecord(
            ContinualRecord.NewestVersion, [.. tasks.Tasks.Select(task => task.Name)],
            options.Folder is null ? [] : [.. tasks.Tasks.Select(task => task.Fingerprint())],
            (model.Prior as IStoredComponents)?.Settings ?? model.Prior.ToString()!,
            [.. strategies.Select(strategy => strategy.Settings)], options.Settings, [], []);
        if (options.Resume)
            return folder.Resume(model, strategies, record);
        folder.PutAside();
        return record;
    }

    private static void Learn(
        ContinualStage stage, IReadOnlyList<ContinualStrategy> strategies, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var seed = SeedScope.Begin(stage.Options.Seed);
        using var before = new ModelSnapshot();
        before.Take(stage.Model);
        try
        {
            Train(stage, strategies, progress, cancellationToken);
        }
        catch
        {
            // A prior would else keep the components of a task that was not learned.
            before.Restore(stage.Model);
            throw;
        }
        foreach (var strategy in strategies)
            strategy.TaskEnded(stage);
    }

    private static void Train(
        ContinualStage stage, IReadOnlyList<ContinualStrategy> strategies, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var kept = KeptWeights.Of(stage.Options);
        using var patience = new EarlyStop(stage.Options, cancellationToken);
        var (sources, callbacks) = (new List<TensorData> { stage.Task.Train }, new List<ITrainingCallback<Vae>>());
        try
        {
            foreach (var strategy in strategies)
                sources.Add(strategy.TrainingData(stage, sources[^1]));
            stage = stage with { TrainingItems = sources[^1].Count };
            // Only now: what is replayed comes from the model before the task, and an epoch is as long
            // as the items that are trained on make it.
            foreach (var strategy in strategies)
            {
                if (strategy.TaskBegins(stage) is { } callback)
                    callbacks.Add(callback);
            }
            var objective = new PenalisedBound(strategies, stage.Options.WarmUpEpochs);
            Trainer.Fit(stage.Model, objective, sources[^1], stage.Task.Validation, OptionsOf(stage.Options),
                [.. callbacks, kept, patience], progress, patience.Token);
        }
        finally
        {
            foreach (var source in sources.Where(source => source != stage.Task.Train).Distinct())
                source.Dispose();
            foreach (var callback in callbacks.OfType<IDisposable>())
                callback.Dispose();
        }
        cancellationToken.ThrowIfCancellationRequested();
        kept.Restore(stage.Model);
    }

    private static TrainingOptions OptionsOf(ContinualOptions options) => new()
    {
        Epochs = options.Epochs,
        BatchSize = options.BatchSize,
        LastBatch = options.LastBatch,
        LearningRate = options.LearningRate,
        Seed = options.Seed,
        // Parameters without gradients, which it would report, are a matter of course here: a prior's parts of other tasks.
        PreFlight = false,
    };

    private static List<double> Likelihoods(
        ContinualStage stage, TaskSequence tasks, IReadOnlyList<ContinualStrategy> strategies, CancellationToken cancellationToken)
    {
        var row = new List<double>();
        for (var task = 0; task <= stage.Number; task++)
        {
            foreach (var strategy in strategies)
                strategy.Evaluating(stage.Model, task);
            row.Add(Evaluate.NegativeLogLikelihood(
                stage.Model, tasks.Tasks[task].Test, stage.Options.Likelihood, progress: null, cancellationToken).Mean);
        }
        return row;
    }
}
