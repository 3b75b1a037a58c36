using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>One call of <see cref="Trainer.Fit"/>: holds what lasts for its duration and goes through the epochs.</summary>
internal sealed class TrainingRun<TModel> : IDisposable
    where TModel : torch.nn.Module
{
    // Seconds beside which the time to fetch memory anew is nothing.
    private const double LongEpoch = 1;

    private readonly TModel _model;
    private readonly Objective<TModel> _objective;
    private readonly bool _validates;
    private readonly TrainingOptions _options;
    private readonly CallbackList<TModel> _callbacks;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly EpochRunner<TModel> _epochs;
    private readonly torch.optim.Optimizer _optimizer;
    private readonly torch.optim.lr_scheduler.LRScheduler? _schedule;
    private readonly BestEpoch _best;
    private readonly List<EpochSummary> _history = [];
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly FiniteState _state;
    private readonly DataSource _train;
    private readonly RankGroup? _ranks;
    private readonly Func<IReadOnlyDictionary<string, string>> _manifest;
    private readonly IGrowing[] _growing;
    private long _rows;
    private RunFolder? _folder;

    public TrainingRun(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options,
        IReadOnlyList<ITrainingCallback<TModel>>? callbacks, IProgress<TrainingProgress>? progress, RankGroup? ranks,
        CancellationToken cancellation)
    {
        var isFirst = ranks?.IsFirst ?? true;
        (_model, _objective, _train, _options, _cancellation, _ranks) = (model, objective, train, options, cancellation, ranks);
        _progress = !isFirst ? null : ranks is null || progress is null ? progress : new ApartProgress(progress, model, options.Seed);
        _callbacks = new(callbacks, ranks, model, options.Seed);
        _validates = validation is not null;
        _best = new(options.Patience, options.MinimumDelta);
        var trained = model.parameters().Where(parameter => parameter.requires_grad);
        _optimizer = options.Optimizer is null ? Optimizers.Adam(trained, options.LearningRate)
            : options.Optimizer(trained) ?? throw new ArgumentException("Optimizer gives null; it must give an optimiser", nameof(options));
        try
        {
            // Before the schedule, which may set the rate at once.
            _settings = RunSettings.Of(
                model, options, objective, _optimizer, train, validation, callbacks,
                looksAtContent: options.CheckpointDirectory is not null || ranks is not null);
            _state = new(model, EpochBatches.EndWithOneItem(train, options));
            _schedule = options.LearningRateSchedule?.Invoke(_optimizer);
            _growing = ranks is null ? [] : [.. model.modules().Prepend(model).OfType<IGrowing>().Distinct()];
            _rows = Rows();
            var schedule = RankRates.Describe(_schedule, _optimizer);
            _manifest = () => RankManifest.Of(model, objective, train, validation, options, _settings, schedule);
            // Last: it has threads, which nobody ends where there is no run.
            _epochs = new(model, objective, train, validation, options, ranks, cancellation);
        }
        catch
        {
            _optimizer.Dispose();
            throw;
        }
    }

    /// <summary>What this rank has, for the others to have the same; reads the data.</summary>
    public IReadOnlyDictionary<string, string> Manifest() => _manifest();

    public TrainingResult Run()
    {
        if (_ranks is not null)
            RankManifest.Require(_ranks, _manifest);
        using var activity = Telemetry.Training(_objective.GetType().Name, _options);
        // Goes through all data, for which ranks that do not train the same should not wait.
        TrainingRecord? record = null;
        RankGroup.Agree(_ranks, () =>
        {
            // As where ranks are compared.
            using var noise = _ranks is null ? null : NoiseSource.LendToRank(_model, _options.Seed);
            record = TrainingRecord.From(_objective.GetType().Name, _objective.Settings, _train, _options.Seed);
            _folder = Folder();
        });
        Restore();
        TrainingRecord.Set(_model, record);
        var reason = RunEpochs();
        var result = new TrainingResult([.. _history], _best.Summary, reason);
        RankGroup.Agree(_ranks, () =>
        {
            _callbacks.TrainingEnded(_model, result);
            ReportEnd(reason);
        });
        Align("after the last epoch");
        return result;
    }

    public void Dispose()
    {
        _optimizer.zero_grad();
        _optimizer.Dispose();
        _epochs.Dispose();
        // What comes next asks for other sizes, and would take new memory beside it.
        FastPaths.GiveBackFreedMemory();
    }

    // Rank 0 has the files.
    private RunFolder? Folder() => _options.CheckpointDirectory is { } directory && _ranks is null or { IsFirst: true }
        ? new RunFolder(directory, _options, _settings, _optimizer) : null;

    private void Restore()
    {
        if (_ranks is not null)
            RestoreOnAll(_ranks);
        else if (_options.Resume && _folder!.FindLast(_objective) is { } found)
            Load(_folder, found);
        RankGroup.Agree(_ranks, () => _folder?.Begin(_model, _history));
    }

    // The others get a copy of rank 0's checkpoint, since they need not see its disk, and load it as it does.
    private void RestoreOnAll(RankGroup ranks)
    {
        (string Folder, CheckpointState State)? found = null;
        RankGroup.Agree(ranks, () => found = _options.Resume ? _folder?.FindLast(_objective) : null);
        using var copy = SharedFolder.Of(ranks, found?.Folder);
        if (copy is null)
            RankWeights.Spread(ranks, [_model], "before the first step");
        else
            RankGroup.Agree(ranks, () =>
            {
                var folder = _folder ?? new RunFolder(copy.Parent, _options, _settings, _optimizer);
                Load(folder, found ?? folder.FindLast(_objective)!.Value);
            });
    }

    private void Load(RunFolder folder, (string Folder, CheckpointState State) checkpoint)
    {
        Replay(checkpoint);
        folder.Load(_model, _objective, checkpoint);
    }

    // A schedule keeps its state to itself, so it is led through the epochs again; that moves the rate, which is loaded afterwards. It is
    // known by what it does only: another one gives other rates.
    private void Replay((string Folder, CheckpointState State) checkpoint)
    {
        foreach (var summary in checkpoint.State.History)
        {
            if (_schedule is not null)
                RunSettings.RequireRate(checkpoint.Folder, summary, LearningRate);
            _history.Add(summary);
            _best.Observe(summary);
            StepSchedule(summary);
        }
    }

    private double LearningRate => _optimizer.ParamGroups.First().LearningRate;

    // The loss of a warm-up's epoch rises with the weight, which is no plateau.
    private void StepSchedule(EpochSummary summary)
    {
        if (!(summary.IsWarmUp && _schedule is torch.optim.lr_scheduler.impl.ReduceLROnPlateau))
            _schedule?.step(summary.ComparedLoss);
    }

    private StopReason RunEpochs()
    {
        while (_history.Count < _options.Epochs)
        {
            if (_best.IsExhausted)
                return StopReason.EarlyStopped;
            if (IsCancelled || !RunEpoch(_history.Count))
                return StopReason.Cancelled;
        }
        return StopReason.Completed;
    }

    private bool IsCancelled => _ranks?.Any(_cancellation.IsCancellationRequested) ?? _cancellation.IsCancellationRequested;

    private bool RunEpoch(int epoch)
    {
        using var activity = Telemetry.Epoch(epoch + 1);
        var report = new EpochProgress(_progress, epoch + 1, _options.Epochs, _epochs.StepsPerEpoch);
        var rate = LearningRate;
        var warmsUp = _objective.WarmUpPlan is { } plan && !plan.Length.IsOver(_objective.StepsTaken, _objective.EpochsFinished);
        if (_epochs.Train(epoch, _optimizer, (step, isLatest) => StepEnded(step, isLatest, report)) is not { } train)
            return false;
        RankGroup.Agree(_ranks, () => _state.Require(_objective.StepsTaken));
        var when = FormattableString.Invariant($"after epoch {epoch + 1}");
        Align(when);
        _objective.EpochsFinished++;
        var validation = _validates ? _epochs.Validate() : null;
        if (_validates && validation is null)
            return false;
        var summary = new EpochSummary(
            epoch + 1, _objective.StepsTaken, train.Loss, validation?.Loss, train.Terms, validation?.Terms, report.Seconds, rate)
        {
            IsWarmUp = warmsUp,
            RankSeconds = _epochs.TakeRankSeconds(),
        };
        if (_ranks is null or { IsFirst: true })
            Telemetry.EpochEnded(_objective.GetType().Name, train.Items, summary.Seconds);
        var isBest = false;
        RankGroup.Agree(_ranks, () => isBest = Conclude(summary));
        if (_ranks is not null && _schedule is not null)
            RankRates.Require(_ranks, _optimizer, when);
        Align(when);
        RankGroup.Agree(_ranks, () => Save(summary, isBest));
        report.EpochEnded(summary);
        if (summary.Seconds > LongEpoch)
            FastPaths.GiveBackFreedMemory();
        return true;
    }

    private void StepEnded(StepResult step, bool isLatest, EpochProgress report)
    {
        _callbacks.StepEnded(_model, step);
        ShareGrowth(step);
        report.StepEnded(step, isLatest);
    }

    // What has grown was trained by each rank for itself, which differs by more than rounding where processors do.
    private void ShareGrowth(StepResult step)
    {
        if (_growing.Length == 0 || !_ranks!.Any(Rows() != _rows))
            return;
        _rows = Rows();
        RankWeights.Spread(_ranks, [_model], FormattableString.Invariant($"after step {step.Index + 1}"));
    }

    private long Rows() => _growing.Sum(part => ((torch.nn.Module)part).get_buffer(part.GrowingBuffers[0])?.shape[0] ?? 0);

    private void Align(string when)
    {
        if (_ranks is not null)
            RankWeights.Align(_ranks, [_model], when);
    }

    private bool Conclude(EpochSummary summary)
    {
        _history.Add(summary);
        var isBest = _best.Observe(summary);
        StepSchedule(summary);
        _callbacks.EpochEnded(_model, summary);
        return isBest;
    }

    private void Save(EpochSummary summary, bool isBest)
    {
        foreach (var written in _folder?.EpochEnded(_model, _objective, _history, isBest) ?? [])
        {
            Telemetry.CheckpointSaved(_objective.GetType().Name);
            _callbacks.CheckpointSaved(written, summary);
        }
    }

    private void ReportEnd(StopReason reason)
    {
        if (_progress is null || _history.Count == 0)
            return;
        var last = _history[^1];
        _progress.Report(new TrainingProgress
        {
            Epoch = last.Epoch,
            Epochs = _options.Epochs,
            Step = _epochs.StepsPerEpoch,
            StepsPerEpoch = _epochs.StepsPerEpoch,
            StepsPerSecond = _epochs.StepsPerEpoch / Math.Max(last.Seconds, 1e-9),
            Loss = last.TrainLoss,
            Terms = last.Terms,
            Stopped = reason,
        });
    }
}
