using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Runs single epochs: the steps and the validation pass. What an epoch draws is a function of (seed, epoch) only.</summary>
internal sealed class EpochRunner<TModel>(
    TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options,
    CancellationToken cancellation) : IDisposable
    where TModel : torch.nn.Module
{
    private const long TrainingDraws = 1;
    private const long ValidationDraws = 2;

    private readonly BatchHalves<TModel>? _halves =
        options.SplitBatches ?? BatchHalves<TModel>.Suit(model, objective, options.BatchSize) ? new(model, objective) : null;

    public long StepsPerEpoch => EpochBatches.Count(train, options);

    /// <summary>The epoch's steps; null when cancelled before its end.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="stepEnded">Called after every step.</param>
    public LossAverage? Train(int epoch, torch.optim.Optimizer optimizer, Action<StepResult> stepEnded)
    {
        // Reseeded every epoch, so that a run resumed at an epoch's start draws what an uninterrupted one draws, with no state to save.
        SeedScope.Seed(DrawSeed(epoch, TrainingDraws));
        model.train();
        using var threads = _halves?.ShareThreads();
        var average = new LossAverage();
        foreach (var batch in EpochBatches.Of(train, options, epoch))
        {
            if (cancellation.IsCancellationRequested)
                return null;
            var step = TrainingLoop.TakeStep(model, objective, batch, optimizer, options.GradientClip, batch.Size > 1 ? _halves : null);
            average.Add(step.Loss, step.Terms, batch.Size);
            Telemetry.StepEnded(objective.GetType().Name, step.Loss, batch.Size);
            stepEnded(step);
        }
        return average;
    }

    /// <summary>The validation pass, with the same draws after every epoch so that epochs compare; null when cancelled.</summary>
    public LossAverage? Validate()
    {
        using var seed = SeedScope.Begin(DrawSeed(0, ValidationDraws));
        using var mode = EvaluationMode.Enter(model);
        var average = new LossAverage();
        foreach (var batch in validation!.InOrder(options.BatchSize, options.Seed))
        {
            if (cancellation.IsCancellationRequested)
                return null;
            using var scope = torch.NewDisposeScope();
            var result = EngineError.In(
                batch.Items, () => $"validation of {objective.GetType().Name}",
                () => objective.ComputeForValidation(model, batch));
            var reading = ObjectiveReading.Of(result)
                .RequireFinite(objective.StepsTaken, "validation");
            average.Add(reading.Loss, reading.Terms, batch.Size);
        }
        return average;
    }

    public void Dispose() => _halves?.Dispose();

    private long DrawSeed(int epoch, long purpose) => (long)SplitMix64.For(options.Seed, epoch, purpose).Next();
}
