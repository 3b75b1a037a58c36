namespace VaeToolkit.Training;

/// <summary>A training run would go wrong: everything that one trial batch and a look at data and folder brought up.</summary>
public sealed class PreFlightException : InvalidOperationException
{
    /// <summary>Lists the findings.</summary>
    /// <param name="findings">What is wrong, one sentence each; at least one.</param>
    public PreFlightException(IReadOnlyList<string> findings)
        : base("Training would go wrong:" + string.Concat((findings ?? []).Select(finding => $"{Environment.NewLine}  - {finding}"))) =>
        Findings = findings ?? [];

    /// <summary>What is wrong, one sentence each.</summary>
    public IReadOnlyList<string> Findings { get; }
}
