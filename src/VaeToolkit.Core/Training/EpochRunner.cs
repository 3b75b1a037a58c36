using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Runs single epochs: the steps and the validation pass. What an epoch draws is a function of (seed, epoch) only.</summary>
internal sealed class EpochRunner<TModel>(
    TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options,
    RankGroup? ranks, CancellationToken cancellation) : IDisposable
    where TModel : torch.nn.Module
{
    private const string Validation = "validation";
    private const long TrainingDraws = 1;
    private const long ValidationDraws = 2;

    private readonly BatchHalves<TModel>? _halves =
        FastPaths.Halves(model, objective, options.SplitBatches, options.BatchSize, ranks?.Size ?? 1);

    private readonly DenseTraining? _dense = FastPaths.OwnProducts(model, objective);

    private readonly RankedSteps<TModel>? _ranks = ranks is null ? null : new(ranks, model, objective);

    // Ranks on threads share torch's own generator, so each has one that draws the same.
    private readonly torch.Generator? _draws =
        ranks is not null && NoiseSource.DeviceOf(model).type == DeviceType.CPU ? new() : null;

    private readonly int _stepsPerReading = UnreadSteps.Together(model, options.StepsPerReading);

    public long StepsPerEpoch => EpochBatches.Count(train, options);

    /// <summary>The epoch's steps; null when cancelled before its end.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="stepEnded">Called for every step once its numbers are read, and whether it is the latest.</param>
    public LossAverage? Train(int epoch, torch.optim.Optimizer optimizer, Action<StepResult, bool> stepEnded)
    {
        // Reseeded every epoch, so that a run resumed at an epoch's start draws what an uninterrupted one draws, with no state to save.
        var seed = DrawSeed(epoch, TrainingDraws);
        SeedScope.Seed(seed);
        using var source = _draws is null ? null : NoiseSource.Use(_draws, seed);
        model.train();
        using var threads = _halves?.ShareThreads();
        var average = new LossAverage();
        using var unread = new UnreadSteps(_stepsPerReading, "training", Tell);
        foreach (var batch in EpochBatches.Of(train, options, epoch, ranks))
        {
            if (IsStopped())
            {
                unread.Read();
                return null;
            }
            var halves = batch.Total > 1 ? _halves : null;
            var clip = options.GradientClip;
            if (_stepsPerReading > 1 && halves is null && _ranks is null)
                unread.Add(TrainingLoop.TakeUnreadStep(model, objective, batch, optimizer, clip, _dense));
            else
                Tell(TrainingLoop.TakeStep(model, objective, batch, optimizer, clip, halves, _ranks, _dense), batch.Total, true);
        }
        unread.Read();
        return average;

        void Tell(StepResult step, long items, bool isLatest)
        {
            average.Add(step.Loss, step.Terms, items);
            if (ranks is null or { IsFirst: true })
                Telemetry.StepEnded(objective.GetType().Name, step.Loss, items);
            stepEnded(step, isLatest);
        }
    }

    /// <summary>The validation pass, with the same draws after every epoch so that epochs compare; null when cancelled.</summary>
    public LossAverage? Validate()
    {
        var drawSeed = DrawSeed(0, ValidationDraws);
        using var seed = SeedScope.Begin(drawSeed);
        using var source = _draws is null ? null : NoiseSource.Use(_draws, drawSeed);
        using var mode = EvaluationMode.Enter(model);
        var average = new LossAverage();
        using var unread = new UnreadSteps(_stepsPerReading, Validation, (step, items, _) => average.Add(step.Loss, step.Terms, items));
        foreach (var batch in validation!.InOrderFor(ranks, options.BatchSize, options.Seed))
        {
            if (ranks?.Any(cancellation.IsCancellationRequested) ?? cancellation.IsCancellationRequested)
                return null;
            using var scope = torch.NewDisposeScope();
            if (EngineError.In(batch.Items, () => $"validation of {objective.GetType().Name}", () => Read(batch)) is { } reading)
                average.Add(reading.Loss, reading.Terms, batch.Total);
        }
        unread.Read();
        return average;

        // Null where it is read later.
        ObjectiveReading? Read(Batch batch)
        {
            if (_ranks is not null)
                return _ranks.Validate(batch).RequireFinite(objective.StepsTaken, Validation);
            var result = TrainingLoop.ComputedForValidation(model, objective, batch);
            if (_stepsPerReading == 1)
                return ObjectiveReading.Of(result).RequireFinite(objective.StepsTaken, Validation);
            unread.Add(new(objective.StepsTaken, batch.Total, result, norm: null));
            return null;
        }
    }

    /// <summary>Seconds that each rank has worked in the epoch, without waiting for others; null where there is one only.</summary>
    public double[]? TakeRankSeconds() => _ranks?.TakeSeconds();

    public void Dispose()
    {
        _halves?.Dispose();
        _dense?.Dispose();
        _ranks?.Dispose();
        _draws?.Dispose();
    }

    // Ranks stop together: what one of them wants goes along with its next gradients.
    private bool IsStopped()
    {
        if (_ranks is null)
            return cancellation.IsCancellationRequested;
        _ranks.WantsToStop = cancellation.IsCancellationRequested;
        return _ranks.Stops;
    }

    private long DrawSeed(int epoch, long purpose) => (long)SplitMix64.For(options.Seed, epoch, purpose).Next();
}
