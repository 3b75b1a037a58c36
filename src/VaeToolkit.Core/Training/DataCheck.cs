namespace VaeToolkit.Training;

/// <summary>Whether there are data enough for the options.</summary>
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

    /// <exception cref="ArgumentException">There are not.</exception>
    public static void Require(DataSource train, DataSource? validation, TrainingOptions options)
    {
        var findings = Findings(train, validation, options).ToList();
        if (findings.Count > 0)
            throw new ArgumentException(string.Join(" ", findings));
    }
}
