using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// What ranks do around a training loop, for those who write the loop themselves with <see cref="Step"/>;
/// <see cref="Trainer.Fit"/> does it by itself.
/// </summary>
public static class RankedRun
{
    /// <summary>
    /// Requires that the ranks have the same library, model, kind of device and facts, gives all of them rank 0's weights, and runs a loop,
    /// after which <see cref="Align"/> looks at the weights. Where it throws on one rank, the others end too.
    /// </summary>
    /// <typeparam name="T">What it comes to.</typeparam>
    /// <param name="exchange">The ranks; null or a single one runs as ever.</param>
    /// <param name="model">The model.</param>
    /// <param name="facts">What else the ranks must have in common, such as options and a hash of the data, by name and in words.</param>
    /// <param name="run">The loop.</param>
    /// <param name="alongside">What else has weights that the loss depends on, such as a prior's networks, trained along or not.</param>
    /// <exception cref="ArgumentException">On all ranks: one of them differs; the message names it, and in what.</exception>
    /// <exception cref="InvalidOperationException">On all ranks: as <see cref="Align"/>.</exception>
    public static T Of<T>(
        IExchange? exchange, torch.nn.Module model, IReadOnlyDictionary<string, string> facts, Func<T> run,
        IReadOnlyList<torch.nn.Module>? alongside = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(run);
        torch.nn.Module[] models = [model, .. alongside ?? []];
        try
        {
            return RankGroup.Together(exchange, group =>
            {
                if (group is null)
                    return run();
                RankManifest.Require(group, () => RankManifest.Of(models, facts));
                RankWeights.Spread(group, models, "before the first step");
                var result = run();
                RankWeights.Align(group, models, "after the last step");
                return result;
            });
        }
        finally
        {
            // As after every training: the next may run on another thread, which has a heap of its own.
            FastPaths.GiveBackFreedMemory();
        }
    }

    /// <summary>
    /// Requires that the ranks have the same library, model, weights, data and facts, and runs an evaluation or a prediction that they
    /// divide, as <see cref="Evaluation.Evaluate"/> does. Where it throws on one rank, the others end too; what one rank reckons by itself
    /// goes into <see cref="Agree"/>.
    /// </summary>
    /// <typeparam name="T">What it comes to.</typeparam>
    /// <param name="exchange">The ranks; null or a single one just runs it.</param>
    /// <param name="model">The model.</param>
    /// <param name="facts">Gives what else the ranks must have in common, such as options, by name and in words; asked by ranks alone.
    /// </param>
    /// <param name="run">The evaluation.</param>
    /// <param name="data">The items, which ranks look at; null where facts tell them from others.</param>
    /// <exception cref="ArgumentException">On all ranks: one of them differs; the message names it, and in what.</exception>
    public static T Evaluate<T>(
        IExchange? exchange, torch.nn.Module model, Func<IReadOnlyDictionary<string, string>> facts, Func<T> run, DataSource? data = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(run);
        return RankGroup.Together(exchange, group =>
        {
            if (group is not null)
                RankManifest.Require(
                    group, () => RankManifest.Of(model, data, facts(), seed: 0), "the ranks do not evaluate the same");
            return run();
        });
    }

    /// <summary>
    /// Gives all ranks rank 0's weights where theirs differ from them by rounding, as they come to on unlike processors: at most by a
    /// ten-thousandth of a parameter's or buffer's largest value. To be called now and then, such as before weights are kept.
    /// </summary>
    /// <param name="exchange">The ranks; null or a single one changes nothing.</param>
    /// <param name="model">The model.</param>
    /// <param name="alongside">What has weights beside it, as for <see cref="Of"/>.</param>
    /// <exception cref="InvalidOperationException">On all ranks: one of them differs by more; the message names it, and in
    /// what.</exception>
    public static void Align(IExchange? exchange, torch.nn.Module model, IReadOnlyList<torch.nn.Module>? alongside = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (RankGroup.Of(exchange) is { } group)
            RankWeights.Align(group, [model, .. alongside ?? []], "by now");
    }

    /// <summary>Does what each rank does for itself, such as reading a file, and goes on only where it went well on all of them.</summary>
    /// <param name="exchange">The ranks; null or a single one just does it.</param>
    /// <param name="action">What is done, without a word to the others.</param>
    /// <exception cref="RankFailedException">It failed on another rank; where it failed on this one, its own exception.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled on a rank.</exception>
    public static void Agree(IExchange? exchange, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        RankGroup.Agree(RankGroup.Of(exchange), action);
    }

    /// <summary>Whether any rank wants to stop, which all ask at the same place of their loops.</summary>
    /// <param name="exchange">The ranks; null or a single one decides by itself.</param>
    /// <param name="wantsToStop">Whether this one does.</param>
    public static bool Stops(IExchange? exchange, bool wantsToStop) => RankGroup.Of(exchange)?.Any(wantsToStop) ?? wantsToStop;

    /// <summary>
    /// Which items of a batch this rank computes, for a loop that fetches these alone and tells <see cref="Step"/> so: consecutive ones, as
    /// many for each rank as can be, give or take one. A rank for which there is none fetches the first, which does not count there.
    /// </summary>
    /// <param name="exchange">The ranks; null or a single one computes all.</param>
    /// <param name="items">Items of the whole batch, at least 1.</param>
    /// <returns>The first of them, from 0, and how many.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="items"/> is below 1.</exception>
    public static (long First, long Count) PartOf(IExchange? exchange, long items)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(items, 1);
        var rows = Part(exchange, items);
        return (rows.Start, rows.Count);
    }

    /// <summary>
    /// One optimiser step, as <see cref="TrainingLoop.Step"/>, by several ranks: each makes the call with the whole batch, or with its own
    /// part of it, and computes its share of the items; the result is that of one process. Run the loop in <see cref="Of"/>.
    /// </summary>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <param name="model">The model.</param>
    /// <param name="objective">What to minimise.</param>
    /// <param name="batch">The whole batch, or this rank's part of it; it is not disposed.</param>
    /// <param name="optimizer">The optimiser of the model's parameters.</param>
    /// <param name="gradientClip">The largest 2-norm that all gradients together may have; null leaves them alone.</param>
    /// <param name="exchange">The ranks; null or a single one steps alone.</param>
    /// <param name="items">Items of the whole batch where <paramref name="batch"/> has those of <see cref="PartOf"/> alone; null where it
    /// is whole.</param>
    /// <returns>The step in numbers, the same on all ranks.</returns>
    /// <exception cref="ArgumentException">The batch has not as many items as this rank's part of <paramref name="items"/>.</exception>
    /// <exception cref="NotSupportedException">Ranks cannot divide the objective, or a layer of the model; the message names
    /// it.</exception>
    /// <exception cref="RankFailedException">Another rank failed in its part.</exception>
    public static StepResult Step<TModel>(
        TModel model, Objective<TModel> objective, Batch batch, torch.optim.Optimizer optimizer, double? gradientClip, IExchange? exchange,
        long? items = null)
        where TModel : torch.nn.Module
    {
        using var part = items is { } whole ? RequirePart(batch, exchange, whole) : null;
        if (RankGroup.Of(exchange) is not { } group)
            return TrainingLoop.Step(model, objective, batch, optimizer, gradientClip);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        RankGroup.OnAll(() => DivisionCheck.Require(model, objective));
        using var ranks = new RankedSteps<TModel>(group, model, objective);
        return TrainingLoop.TakeStep(model, objective, part ?? batch, optimizer, gradientClip, halves: null, ranks, dense: null);
    }

    private static ItemRows Part(IExchange? exchange, long items)
        => ItemRows.Of(items, exchange?.Rank ?? 0, exchange?.Size ?? 1).OrFirst;

    private static Batch RequirePart(Batch batch, IExchange? exchange, long items)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var part = Part(exchange, items);
        return batch.Size == part.Count ? batch.Slice(0, batch.Size, part) : throw new ArgumentException(
            FormattableString.Invariant($"the batch has {batch.Size} items; of {items} items this rank's part has {part.Count}"),
            nameof(batch));
    }
}
