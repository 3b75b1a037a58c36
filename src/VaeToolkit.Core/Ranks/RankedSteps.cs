using System.Diagnostics;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// This rank's part of the steps of a run: it computes its own items of every batch, with the noise that one process would have drawn for
/// them, and what all ranks have computed becomes the batch's loss, terms and gradients.
/// </summary>
internal sealed class RankedSteps<TModel>(RankGroup group, TModel model, Objective<TModel> objective) : IDisposable
    where TModel : torch.nn.Module
{
    private readonly DenseTraining? _dense = FastPaths.OwnProducts(model, objective);
    private GradientSum? _gradients;

    /// <summary>Seconds that this rank has worked, and not waited for others, since they were last asked for.</summary>
    private double _seconds;

    /// <summary>Whether this rank wants to stop; all know with the next step.</summary>
    internal bool WantsToStop { get; set; }

    /// <summary>Whether a rank wanted to stop by the latest step.</summary>
    internal bool Stops { get; private set; }

    /// <summary>Adds the batch's gradients to those of the parameters, which have none, and returns its loss and terms.</summary>
    /// <param name="batch">The whole batch, or this rank's part of it.</param>
    /// <param name="optimizer">The optimiser of the parameters.</param>
    /// <param name="halves">Computes in halves, where the run does.</param>
    internal ObjectiveReading Backpropagate(Batch batch, torch.optim.Optimizer optimizer, BatchHalves<TModel>? halves)
    {
        _gradients ??= new(optimizer.parameters());
        var rows = ItemRows.Of(batch.Total, group.Rank, group.Size);
        var (own, failure) = Attempt(
            batch, "a step",
            () => halves is null ? Own(batch, rows) : halves.Backpropagate(batch, rows.OrFirst, rows.Count > 0));
        var (failed, stops, any) = _gradients.Exchange(group.Exchange, failure is not null, WantsToStop);
        Stops |= stops;
        if (failed)
            group.Raise(failure);
        if (!any)
            throw RankGroup.OfAll(TrainingLoop.NothingToTrain());
        return Mean(own, rows, "training");
    }

    /// <summary>The loss and terms of a batch in validation, of all ranks.</summary>
    internal ObjectiveReading Validate(Batch batch)
    {
        var rows = ItemRows.Of(batch.Total, group.Rank, group.Size);
        var (own, failure) = Attempt(batch, "validation", () =>
        {
            using var division = WholeBatch.Divide(rows.OrFirst, rows.Count > 0, group.Exchange);
            using var part = rows.OrFirst.Of(batch);
            return ObjectiveReading.Of(TrainingLoop.ComputedForValidation(model, objective, part));
        });
        group.Raise(failure);
        return Mean(own, rows, "validation");
    }

    /// <summary>Seconds that each rank has worked since this was last asked for.</summary>
    internal double[] TakeSeconds()
    {
        var seconds = group.Gather(_seconds);
        _seconds = 0;
        return seconds;
    }

    public void Dispose()
    {
        _gradients?.Dispose();
        _dense?.Dispose();
    }

    private ObjectiveReading Own(Batch batch, ItemRows rows)
    {
        using var division = WholeBatch.Divide(rows.OrFirst, rows.Count > 0, group.Exchange);
        using var own = rows.OrFirst.Of(batch);
        using var step = _dense?.Step();
        var result = TrainingLoop.Computed(model, objective, own, _dense?.Tape(0));
        if (rows.Count > 0 && result.Loss.requires_grad)
            TrainingLoop.Backpropagate(result.Loss, WholeBatch.Share, _dense?.Tape(0));
        _dense?.HandOver();
        return ObjectiveReading.Of(result);
    }

    // Where ranks talk to each other within the objective, one that fails cannot wait for the others to be done.
    private (ObjectiveReading Reading, Exception? Failure) Attempt(Batch batch, string what, Func<ObjectiveReading> compute)
    {
        var (start, waited) = (Stopwatch.GetTimestamp(), WholeBatch.SecondsWaited);
        try
        {
            return (EngineError.In(batch.Items, () => $"{what} of {objective.GetType().Name}", compute), null);
        }
        catch (Exception e) when (objective.IsMeanOverItems)
        {
            return (default, e);
        }
        finally
        {
            _seconds += Stopwatch.GetElapsedTime(start).TotalSeconds - (WholeBatch.SecondsWaited - waited);
        }
    }

    // In the order of ranks, as one process means its halves.
    private ObjectiveReading Mean(ObjectiveReading own, ItemRows rows, string stage)
    {
        double[] numbers = [rows.Count, own.Loss, .. own.Terms.Values];
        var all = group.Gather(numbers);
        ObjectiveReading? mean = null;
        var items = 0.0;
        for (var start = 0; start < all.Length; start += numbers.Length)
        {
            var count = all[start];
            if (count == 0)
                continue;
            var terms = new OrderedDictionary<string, double>(
                own.Terms.Keys.Select((name, i) => KeyValuePair.Create(name, all[start + 2 + i])));
            var reading = new ObjectiveReading(all[start + 1], terms);
            var where = FormattableString.Invariant($"{stage} on rank {start / numbers.Length}");
            RankGroup.OnAll(() => reading.RequireFinite(objective.StepsTaken, where));
            mean = mean is { } before ? ObjectiveReading.Mean(before, reading, items / (items + count)) : reading;
            items += count;
        }
        return mean!.Value;
    }
}
