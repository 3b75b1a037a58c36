using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>One optimiser step, for those who write the loop themselves; <see cref="Trainer"/> is written with it.</summary>
public static class TrainingLoop
{
    /// <summary>
    /// Clears the gradients, computes the objective, backpropagates, clips, steps the optimiser and tells the objective. It opens its own
    /// dispose scope, so nothing is left in the caller's.
    /// </summary>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <param name="model">The model; the call does not change whether it is in training or evaluation mode.</param>
    /// <param name="objective">What to minimise.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    /// <param name="optimizer">The optimiser of the model's parameters, made after the model was moved to its device.</param>
    /// <param name="gradientClip">The largest 2-norm that all gradients together may have, above 0; null leaves them alone.</param>
    /// <returns>The step in numbers.</returns>
    /// <exception cref="ArgumentException">An item, on the CPU, is outside the support of the library's likelihood; no parameter was
    /// changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="gradientClip"/> is not above 0.</exception>
    /// <exception cref="InvalidOperationException">The loss or a term is not one number, or the loss depends on no parameter;
    /// or another thread is reading or training the model.</exception>
    /// <exception cref="NonFiniteLossException">The loss or a term is not finite, or with <paramref name="gradientClip"/> the gradients'
    /// norm; or the batch has one item, and a buffer of batch statistics became NaN with it. No parameter was changed.</exception>
    public static StepResult Step<TModel>(
        TModel model, Objective<TModel> objective, Batch batch, torch.optim.Optimizer optimizer, double? gradientClip = null)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        using var dense = FastPaths.OwnProducts(model, objective);
        return LookingAtItems(
            () => TakeStep(model, objective, batch, optimizer, gradientClip, halves: null, ranks: null, dense, looksAtLoneItem: true));
    }

    /// <summary>The same without reading: what <see cref="UnreadSteps.Step"/> takes.</summary>
    internal static UnreadStep StepUnread<TModel>(
        TModel model, Objective<TModel> objective, Batch batch, torch.optim.Optimizer optimizer, double? gradientClip)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(optimizer);
        using var dense = FastPaths.OwnProducts(model, objective);
        return LookingAtItems(() => TakeUnreadStep(model, objective, batch, optimizer, gradientClip, dense));
    }

    /// <summary>The same, with the batch computed in halves and by several ranks where those are given.</summary>
    internal static StepResult TakeStep<TModel>(
        TModel model, Objective<TModel> objective, Batch batch, torch.optim.Optimizer optimizer,
        double? gradientClip, BatchHalves<TModel>? halves, RankedSteps<TModel>? ranks, DenseTraining? dense,
        bool looksAtLoneItem = false)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(optimizer);
        RequireAboveZero(gradientClip);

        using var alone = ExclusiveUse.Begin(model, Trainer.IsTrained);
        using var scope = torch.NewDisposeScope();
        var index = objective.StepsTaken;
        optimizer.zero_grad();
        var buffers = looksAtLoneItem && batch.Size == 1 ? LoneItemBuffers.Of(model) : null;
        var read = EngineError.In(
            batch.Items, () => $"a step of {objective.GetType().Name}",
            () => ranks is not null ? Done(ranks.Backpropagate(batch, optimizer, halves))
                : halves is null ? Whole(model, objective, batch, dense) : Done(halves.Backpropagate(batch)));
        var norm = gradientClip is { } limit ? GradientNorm.Clip(optimizer.parameters(), limit)?.ToDouble() ?? 0 : (double?)null;
        var reading = ReadOrClear(read, norm, index, optimizer, buffers);
        optimizer.step();
        objective.AdvanceStep(reading.Terms);
        return new StepResult(index, reading.Loss, norm, reading.Terms);
    }

    /// <summary>
    /// A step of which nothing is read, so that nothing waits for the device: whether its numbers are finite shows when they are.
    /// </summary>
    internal static UnreadStep TakeUnreadStep<TModel>(
        TModel model, Objective<TModel> objective, Batch batch, torch.optim.Optimizer optimizer, double? gradientClip,
        DenseTraining? dense)
        where TModel : torch.nn.Module
    {
        RequireAboveZero(gradientClip);
        using var alone = ExclusiveUse.Begin(model, Trainer.IsTrained);
        using var scope = torch.NewDisposeScope();
        optimizer.zero_grad();
        var result = EngineError.In(
            batch.Items, () => $"a step of {objective.GetType().Name}", () => Backpropagated(model, objective, batch, dense));
        var norm = gradientClip is { } limit ? GradientNorm.Clip(optimizer.parameters(), limit) : null;
        var step = new UnreadStep(objective.StepsTaken, batch.Size, result, norm);
        optimizer.step();
        objective.AdvanceStep(step);
        return step;
    }

    /// <summary>Backpropagates a share of a loss, after a look at whether it is one number that depends on parameters.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="share">The share.</param>
    /// <param name="tape">What <see cref="Computed"/> had.</param>
    internal static void Backpropagate(torch.Tensor loss, double share, DenseTape? tape)
    {
        if (!loss.requires_grad)
            throw NothingToTrain();
        if (loss.numel() != 1)
            throw new InvalidOperationException(
                $"The loss must be one number, but has the shape [{string.Join(", ", loss.shape)}]; average it over the batch.");
        var own = share == 1 ? loss : loss * share;
        FastPaths.Backpropagate(tape, own);
    }

    internal static InvalidOperationException NothingToTrain()
        => new("The loss depends on no parameter that requires gradients, so there is nothing to train.");

    // The numbers are read after the backward pass was queued, not before, so that a GPU does not stand still meanwhile.
    private static Func<ObjectiveReading> Whole<TModel>(
        TModel model, Objective<TModel> objective, Batch batch, DenseTraining? dense)
        where TModel : torch.nn.Module
    {
        var result = Backpropagated(model, objective, batch, dense);
        return () => ObjectiveReading.Of(result);
    }

    private static ObjectiveResult Backpropagated<TModel>(
        TModel model, Objective<TModel> objective, Batch batch, DenseTraining? dense)
        where TModel : torch.nn.Module
    {
        using var step = dense?.Step();
        var result = Computed(model, objective, batch, dense?.Tape(0));
        Backpropagate(result.Loss, share: 1, dense?.Tape(0));
        dense?.HandOver();
        return result;
    }

    /// <summary>The objective of a batch in training, in which values are not looked at.</summary>
    /// <param name="model">The model.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="batch">The items.</param>
    /// <param name="tape">Where fully connected layers are remembered for <see cref="Backpropagate"/>; null for torch's graph.</param>
    internal static ObjectiveResult Computed<TModel>(TModel model, Objective<TModel> objective, Batch batch, DenseTape? tape)
        where TModel : torch.nn.Module
    {
        using var step = TrainingStep.Begin(batch);
        using var recording = FastPaths.Use(tape);
        return objective.Compute(model, batch);
    }

    /// <summary>The same in validation.</summary>
    internal static ObjectiveResult ComputedForValidation<TModel>(TModel model, Objective<TModel> objective, Batch batch)
        where TModel : torch.nn.Module
    {
        using var step = TrainingStep.Begin(batch);
        return objective.ComputeForValidation(model, batch);
    }

    private static TStep LookingAtItems<TStep>(Func<TStep> take)
    {
        var before = TrainingStep.LooksAtItems;
        TrainingStep.LooksAtItems = true;
        try
        {
            return take();
        }
        finally
        {
            TrainingStep.LooksAtItems = before;
        }
    }

    private static Func<ObjectiveReading> Done(ObjectiveReading reading) => () => reading;

    private static ObjectiveReading ReadOrClear(
        Func<ObjectiveReading> read, double? norm, long index, torch.optim.Optimizer optimizer, LoneItemBuffers? buffers)
    {
        try
        {
            var spoilt = buffers?.UndoneSpoilt();
            var reading = read().RequireFinite(index, "training");
            // Where the loss is no number either, that it is of one item is not the cause.
            if (spoilt is not null)
                throw NonFiniteLossException.OfLoneItem(spoilt, index);
            return norm is not { } value || double.IsFinite(value) ? reading
                : throw new NonFiniteLossException(NonFiniteLossException.GradientNorm, value, index);
        }
        catch (Exception e)
        {
            // Ranks read the same numbers.
            _ = RankGroup.OfAll(e);
            optimizer.zero_grad();
            throw;
        }
    }

    private static void RequireAboveZero(double? gradientClip)
    {
        if (gradientClip is not null and not > 0)
            throw new ArgumentOutOfRangeException(
                nameof(gradientClip), gradientClip, "A gradient norm to clip at must be above 0; null turns clipping off.");
    }
}
