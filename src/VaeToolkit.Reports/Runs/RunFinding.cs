namespace VaeToolkit.Reports;

/// <summary>One thing that a reader should look at before believing a run's figures.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The same as a sentence with its numbers.</param>
internal sealed record RunFinding(FindingKind Kind, string Text);
