using System.Diagnostics;

namespace VaeToolkit.Studies;

/// <summary>A run that a study has.</summary>
internal sealed record StudyTask<TSetting>(string Name, TSetting Setting, long Seed, SettingText Text)
{
    /// <summary>What came of it.</summary>
    public StudyRecord Record(IReadOnlyDictionary<string, double>? figures, string? error, Stopwatch clock)
        => new(Name, Seed, Text.Text, figures ?? new Dictionary<string, double>(), error, clock.Elapsed.TotalSeconds);
}
