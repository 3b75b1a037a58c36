namespace VaeToolkit.Studies;

/// <summary>One run of a study: a setting and a seed.</summary>
/// <typeparam name="TSetting">What a setting is.</typeparam>
/// <param name="Name">The setting's name.</param>
/// <param name="Setting">The setting.</param>
/// <param name="Seed">The seed, or the number of the fold.</param>
/// <param name="Folder">A folder of the run's own, which is there, for checkpoints and pictures: a run that was killed finds in it what it
/// left.</param>
/// <param name="Cancellation">Says that the study is to end.</param>
public sealed record StudyRun<TSetting>(string Name, TSetting Setting, long Seed, string Folder, CancellationToken Cancellation);
