using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Whether there are data enough for the options and the objective, in every batch.</summary>
internal static class DataCheck
{
    public static IEnumerable<string> Findings(DataSource train, DataSource? validation, TrainingOptions options)
    {
        if (train.Count == 0)
            yield return "The training data are empty.";
        else if (options.BatchSize > train.Count)
            yield return FormattableString.Invariant(
                $"The batch size is {options.BatchSize}, but there are only {train.Count} training items.");
        if (validation is { Count: 0 })
            yield return "The validation data are empty; pass null to go without.";
        if (validation is null && options.Patience is { } patience)
            yield return FormattableString.Invariant($"Patience is {patience}, which needs validation data.");
    }

    /// <exception cref="ArgumentException">There are not; of batches that are too small the pre-flight says so, where there is one.
    /// </exception>
    public static void Require<TModel>(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options)
        where TModel : torch.nn.Module
    {
        var findings = Findings(train, validation, options).ToList();
        if (findings.Count == 0 && !options.PreFlight)
            findings.AddRange(SmallBatches(model, objective, train, validation, options));
        if (findings.Count > 0)
            throw new ArgumentException(string.Join(" ", findings));
    }

    /// <summary>Batches that have fewer items than the objective needs.</summary>
    public static IEnumerable<string> SmallBatches<TModel>(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options)
        where TModel : torch.nn.Module
    {
        var least = objective.SmallestBatch(model);
        if (options.BatchSize < least)
        {
            yield return FormattableString.Invariant($"The batch size is {options.BatchSize}, but {Needs(least)}.");
            yield break;
        }
        if (options.LastBatch == LastBatch.Keep && Last(train) is var left and > 0 && left < least)
            yield return $"{Size("An epoch's last batch", train, left)}, but {Needs(least)}; {FiniteState.Remedy}.";
        var leastOfValidation = objective.SmallestValidationBatch(model);
        if (validation is { Count: > 0 } && Last(validation) is var rest and > 0 && rest < leastOfValidation)
        {
            yield return $"{Size("The last validation batch", validation, rest)}, but {Needs(leastOfValidation)}; take another BatchSize, "
                + "or leave some items out.";
        }

        long Last(DataSource data) => data.Count % options.BatchSize;

        string Needs(long items) => FormattableString.Invariant($"{objective.GetType().Name} needs at least {items} items a batch");

        string Size(string what, DataSource data, long items)
            => FormattableString.Invariant($"{what} has {items} item(s) ({data.Count} items in batches of {options.BatchSize})");
    }
}
