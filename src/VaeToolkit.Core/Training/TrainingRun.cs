using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Objectives;

namespace VaeToolkit.Training;

/// <summary>One call of <see cref="Trainer.Fit"/>: holds what lasts for its duration and goes through the epochs.</summary>
internal sealed class TrainingRun<TModel> : IDisposable
    where TModel : torch.nn.Module
{
    private readonly TModel model;
    private readonly Objective<TModel> objective;
    private readonly bool validates;
    private readonly TrainingOptions options;
    private readonly CallbackList<TModel> callbacks;
    private readonly IProgress<TrainingProgress>? progress;
    private readonly CancellationToken cancellation;
    private readonly EpochRunner<TModel> epochs;
    private readonly torch.optim.Optimizer optimizer;
    private readonly torch.optim.lr_scheduler.LRScheduler? schedule;
    private readonly BestEpoch best;
    private readonly List<EpochSummary> history = [];
    private RunFolder? folder;

    public TrainingRun(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options,
        IReadOnlyList<ITrainingCallback<TModel>>? callbacks, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        (this.model, this.objective, this.options, this.progress, this.cancellation) = (model, objective, options, progress, cancellation);
        this.callbacks = new(callbacks);
        validates = validation is not null;
        epochs = new(model, objective, train, validation, options, cancellation);
        best = new(options.Patience, options.MinimumDelta);
        var trained = model.parameters().Where(parameter => parameter.requires_grad);
        optimizer = options.Optimizer is null ? Optimizers.Adam(trained, options.LearningRate) : options.Optimizer(trained);
        schedule = options.LearningRateSchedule?.Invoke(optimizer);
    }

    public TrainingResult Run()
    {
        folder = options.CheckpointDirectory is { } directory ? new RunFolder(directory, options, optimizer) : null;
        Restore();
        var reason = RunEpochs();
        var result = new TrainingResult([.. history], best.Summary, reason);
        callbacks.TrainingEnded(model, result);
        ReportEnd(reason);
        return result;
    }

    public void Dispose()
    {
        optimizer.zero_grad();
        optimizer.Dispose();
        epochs.Dispose();
    }

    private void Restore()
    {
        if (options.Resume && folder!.FindLast(objective) is { } checkpoint)
        {
            Replay(checkpoint.State.History);
            folder.Load(model, objective, checkpoint);
        }
        folder?.Begin(history);
    }

    // A schedule keeps its state to itself, so it is led through the epochs again; that moves the rate, which is loaded afterwards.
    private void Replay(IEnumerable<EpochSummary> epochs)
    {
        foreach (var summary in epochs)
        {
            history.Add(summary);
            best.Observe(summary);
            schedule?.step(summary.ComparedLoss);
        }
    }

    private StopReason RunEpochs()
    {
        while (history.Count < options.Epochs)
        {
            if (best.IsExhausted)
                return StopReason.EarlyStopped;
            if (cancellation.IsCancellationRequested || !RunEpoch(history.Count))
                return StopReason.Cancelled;
        }
        return StopReason.Completed;
    }

    private bool RunEpoch(int epoch)
    {
        var report = new EpochProgress(progress, epoch + 1, options.Epochs, epochs.StepsPerEpoch);
        var rate = optimizer.ParamGroups.First().LearningRate;
        if (epochs.Train(epoch, optimizer, step => StepEnded(step, report)) is not { } train)
            return false;
        RequireFiniteParameters();
        objective.EpochsFinished++;
        var validation = validates ? epochs.Validate() : null;
        if (validates && validation is null)
            return false;
        var summary = new EpochSummary(
            epoch + 1, objective.StepsTaken, train.Loss, validation?.Loss, train.Terms, validation?.Terms, report.Seconds, rate);
        Conclude(summary);
        report.EpochEnded(summary);
        return true;
    }

    // Gradients alone are not looked at in every step, which would cost a pass over all of them;
    // what they spoil shows here, before it is saved.
    private void RequireFiniteParameters()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (!parameter.isfinite().all().item<bool>())
                throw NonFiniteLossException.OfParameter(name, objective.StepsTaken);
        }
    }

    private void StepEnded(StepResult step, EpochProgress report)
    {
        callbacks.StepEnded(model, step);
        report.StepEnded(step);
    }

    private void Conclude(EpochSummary summary)
    {
        history.Add(summary);
        var isBest = best.Observe(summary);
        schedule?.step(summary.ComparedLoss);
        callbacks.EpochEnded(model, summary);
        foreach (var written in folder?.EpochEnded(model, objective, history, isBest) ?? [])
            callbacks.CheckpointSaved(written, summary);
    }

    private void ReportEnd(StopReason reason)
    {
        if (progress is null || history.Count == 0)
            return;
        var last = history[^1];
        progress.Report(new TrainingProgress
        {
            Epoch = last.Epoch,
            Epochs = options.Epochs,
            Step = epochs.StepsPerEpoch,
            StepsPerEpoch = epochs.StepsPerEpoch,
            StepsPerSecond = epochs.StepsPerEpoch / Math.Max(last.Seconds, 1e-9),
            Loss = last.TrainLoss,
            Terms = last.Terms,
            Stopped = reason,
        });
    }
}
