using VaeToolkit.Studies;

namespace VaeToolkit.Samples;

/// <summary>Runs of a task, each with a seed and labelled items of its own.</summary>
internal sealed class SeedStudy(SampleArguments arguments, string output, int firstSeed, int seeds)
{
    /// <summary>The first seed.</summary>
    public int FirstSeed => firstSeed;

    /// <summary>Whether a run of any task failed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Does the runs of a task.</summary>
    public StudyResults Run(string task, TaskSetting setting, Func<StudyRun<TaskSetting>, Dictionary<string, double>> run)
    {
        var study = new Study<TaskSetting>(
            output, new Dictionary<string, TaskSetting> { [task] = setting },
            [.. Enumerable.Range(firstSeed, seeds).Select(seed => (long)seed)], run);
        var results = SampleStudy.Run(arguments, study);
        HasFailed |= results.Failed.Count > 0;
        return results;
    }

    /// <summary>The lines of both classifiers and of what M2 adds.</summary>
    public static void PrintComparison(StudyResults results, string task, string prefix = "")
    {
        results.Print(task, "supervised_accuracy", "%", name: $"{prefix}supervised_accuracy");
        results.Print(task, "m2_accuracy", "%", name: $"{prefix}m2_accuracy");
        results.Print(task, "gain", "points", name: $"{prefix}gain");
    }
}
