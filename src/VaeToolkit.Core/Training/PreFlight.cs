using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// Looks for what would spoil a run before it starts: goes once through all data, takes one batch forward and backward (and the last of an
/// epoch, where that has one item only), looks for parts of the model that are not registered, checks the objective's warm-up and the
/// folder, and reports all findings at once. <see cref="Trainer.Fit"/> does it unless told not to.
/// </summary>
public static class PreFlight
{
    private const string OwnDraws = "A step draws from torch's own generator, from which all ranks would draw the same for their different "
        + "items; a recurrent, attention or transformer layer of torch's does so for its dropout (set that to 0), and so does torch.randn "
        + "without a generator (draw by NoiseSource.Normal and its like).";

    /// <summary>
    /// Checks a run. Weights, buffers, the objective's numbers and the CPU random generator are left as they were; gradients are dropped.
    /// Where the options have an <see cref="TrainingOptions.Exchange"/>, all ranks make the call.
    /// </summary>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <param name="model">The model, on its device.</param>
    /// <param name="objective">What would be minimised.</param>
    /// <param name="train">The training data.</param>
    /// <param name="validation">The validation data, or null.</param>
    /// <param name="options">How training would go.</param>
    /// <exception cref="ArgumentException">Options are out of range, or ranks have other models, kinds of devices or versions of the
    /// library, or another <see cref="TrainingOptions.PreFlight"/>; the message says which, and in what.</exception>
    /// <exception cref="PreFlightException">Something is wrong; the message lists all of it.</exception>
    public static void Check<TModel>(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(options);
        var ranks = RankGroup.Of(options.Exchange);
        RankGroup.Agree(ranks, options.Validate);
        if (ranks is not null)
            RankManifest.Require(ranks, () => RankManifest.Of(model, options));
        CheckAlike(model, objective, train, validation, options, [], ranks);
    }

    /// <summary>The same, with what callbacks find, by ranks that are known to make the same calls to each other.</summary>
    internal static void CheckAlike<TModel>(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options,
        IReadOnlyList<ITrainingCallback<TModel>> callbacks, RankGroup? ranks)
        where TModel : torch.nn.Module
    {
        var trial = new TrialBatch<TModel>(model, objective);
        List<string> findings = [];
        RankGroup.Agree(ranks, () =>
        {
            findings = Findings(trial, model, objective, train, validation, options);
            var steps = objective.StepsTaken + options.Epochs * EpochBatches.Count(train, options);
            findings.AddRange(callbacks.SelectMany(callback => callback.Findings(steps)));
        });
        // What is no part of one rank's items may be part of another's.
        var untouched = ranks is null ? trial.Untouched : OnAll(ranks, model, trial.Untouched);
        if (ranks is not null && NoiseSource.DeviceOf(model).type == DeviceType.CPU)
        {
            // One rank alone, since ranks that are threads share the generator.
            RankGroup.Agree(ranks, () =>
            {
                if (ranks.IsFirst && findings.Count == 0 && trial.DrawsFromTorchItself(train, options))
                    findings.Add(OwnDraws);
            });
        }
        RankGroup.Agree(ranks, () => Require([.. findings, .. trial.Explained(untouched)]));
    }

    /// <summary>
    /// Items that are outside of what the model can explain; at most one sentence for each of some data. And, where its prior is a
    /// <see cref="VampPrior"/> whose pseudo-inputs have a range, whether the first of them, the training data, leaves that.
    /// </summary>
    public static IEnumerable<string> DataFindings<TModel>(
        TModel model, Objective<TModel> objective, long seed, params IReadOnlyList<(DataSource? Data, string What)> sources)
        where TModel : torch.nn.Module
    {
        using var random = SeedScope.Begin(seed);
        var check = new SupportCheck<TModel>(model, objective);
        return [.. sources.Select(source => check.Finding(source.Data, source.What, seed))
            .Concat(sources.Take(1).Select(source => PseudoInputCheck.Finding(model, source.Data, source.What, seed))).OfType<string>()];
    }

    /// <summary>A warm-up that is not over when so many more epochs are.</summary>
    public static IEnumerable<string> WarmUpFindings<TModel>(
        Objective<TModel> objective, int epochs, DataSource train, TrainingOptions options)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(options);
        var steps = objective.StepsTaken + epochs * EpochBatches.Count(train, options);
        return objective.WarmUpPlan?.ExplainUnfinished(steps, objective.EpochsFinished + epochs) is { } finding ? [finding] : [];
    }

    private static List<string> Findings<TModel>(
        TrialBatch<TModel> trial, TModel model, Objective<TModel> objective, DataSource train, DataSource? validation,
        TrainingOptions options)
        where TModel : torch.nn.Module
    {
        var findings = DataCheck.Findings(train, validation, options)
            .Concat(DataCheck.SmallBatches(model, objective, train, validation, options))
            .Concat(FolderCheck.Findings(options.Exchange is { Rank: > 0 } ? null : options.CheckpointDirectory))
            .Concat(UnregisteredParts.Findings(model)).ToList();
        if (train.Count > 0)
            findings.AddRange(trial.Findings(train, validation, options));
        // Once more, since some parts are made when items first come.
        findings.AddRange(UnregisteredParts.Findings(model).Except(findings).ToList());
        findings.AddRange(DataFindings(model, objective, options.Seed, (train, "training"), (validation, "validation")));
        findings.AddRange(WarmUpFindings(objective, options.Epochs, train, options));
        return findings;
    }

    private static List<string> OnAll(RankGroup ranks, torch.nn.Module model, IReadOnlyList<string> untouched)
    {
        var own = untouched.ToHashSet();
        List<string> names = [.. model.named_parameters().Select(parameter => parameter.name)];
        // Some parts are made when items first come, which on one rank they may not have. That is found later, or is what is wrong.
        if (ranks.Gather(names.Count).Distinct().Count() > 1)
            return [];
        double[] counts = [.. names.Select(name => own.Contains(name) ? 1 : 0)];
        ranks.Exchange.AllReduce(counts);
        return [.. names.Where((_, i) => counts[i] == ranks.Size)];
    }

    /// <summary>Refuses a training that would go wrong.</summary>
    /// <param name="findings">What was found.</param>
    /// <exception cref="PreFlightException">There are findings.</exception>
    public static void Require(IReadOnlyList<string> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        if (findings.Count > 0)
            throw new PreFlightException(findings);
    }
}
