using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// Looks for what would spoil a run before it starts: goes once through all data, takes one batch forward and backward (and the last of an
/// epoch, where that has one item only), looks for parts of the model that are not registered, checks the objective's warm-up and the
/// folder, and reports all findings at once. <see cref="Trainer.Fit"/> does it unless told not to.
/// </summary>
public static class PreFlight
{
    /// <summary>
    /// Checks a run. Weights, buffers, the objective's numbers and the CPU random generator are left as they were; gradients are dropped.
    /// </summary>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <param name="model">The model, on its device.</param>
    /// <param name="objective">What would be minimised.</param>
    /// <param name="train">The training data.</param>
    /// <param name="validation">The validation data, or null.</param>
    /// <param name="options">How training would go.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="PreFlightException">Something is wrong; the message lists all of it.</exception>
    public static void Check<TModel>(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var findings = DataCheck.Findings(train, validation, options)
            .Concat(FolderCheck.Findings(options.Exchange is { Rank: > 0 } ? null : options.CheckpointDirectory))
            .Concat(UnregisteredParts.Findings(model)).ToList();
        if (train.Count > 0)
            findings.AddRange(new TrialBatch<TModel>(model, objective).Findings(train, validation, options));
        findings.AddRange(DataFindings(model, objective, options.Seed, (train, "training"), (validation, "validation")));
        findings.AddRange(WarmUpFindings(objective, options.Epochs, train, options));
        Require(findings);
    }

    /// <summary>Items that are outside of what the model can explain; at most one sentence for each of some data.</summary>
    public static IEnumerable<string> DataFindings<TModel>(
        TModel model, Objective<TModel> objective, long seed, params IReadOnlyList<(DataSource? Data, string What)> sources)
        where TModel : torch.nn.Module
    {
        using var random = SeedScope.Begin(seed);
        var check = new SupportCheck<TModel>(model, objective);
        return [.. sources.Select(source => check.Finding(source.Data, source.What, seed)).OfType<string>()];
    }

    /// <summary>A warm-up that is not over when so many more epochs are.</summary>
    public static IEnumerable<string> WarmUpFindings<TModel>(
        Objective<TModel> objective, int epochs, DataSource train, TrainingOptions options)
        where TModel : torch.nn.Module
    {
        var steps = objective.StepsTaken + epochs * EpochBatches.Count(train, options);
        return objective.WarmUpPlan?.ExplainUnfinished(steps, objective.EpochsFinished + epochs) is { } finding ? [finding] : [];
    }

    /// <exception cref="PreFlightException">There are findings.</exception>
    public static void Require(IReadOnlyList<string> findings)
    {
        if (findings.Count > 0)
            throw new PreFlightException(findings);
    }
}
