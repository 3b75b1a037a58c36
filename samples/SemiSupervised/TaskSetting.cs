namespace VaeToolkit.Samples;

/// <summary>What the figures of a run depend on.</summary>
/// <param name="Data">The data's name, with what else is told of them.</param>
/// <param name="PerClass">Labelled items of a class.</param>
/// <param name="Training">How it is trained.</param>
internal sealed record TaskSetting(string Data, int PerClass, ComparisonSettings Training);
