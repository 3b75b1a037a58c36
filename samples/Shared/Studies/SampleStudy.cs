using VaeToolkit.Studies;

namespace VaeToolkit.Samples;

/// <summary>What samples that run a study over seeds have in common: <c>--processes</c>, <c>--resume</c> and the lines of
/// results.</summary>
internal static class SampleStudy
{
    public const string ProcessesHelp = "worker processes that share the runs; 0 for one run after the other (0)";
    public const string ResumeHelp = "keep the runs that the folder has, and do what is missing";

    /// <summary>Does the runs. What failed is told, and why; the others count. A folder that it cannot go on in ends the
    /// program.</summary>
    public static StudyResults Run<TSetting>(SampleArguments arguments, Study<TSetting> study)
        where TSetting : notnull
    {
        var processes = arguments.Number("--processes", 0, least: 0);
        var options = new StudyOptions
        {
            Processes = processes,
            ThreadsEach = Math.Max(1, Environment.ProcessorCount / Math.Max(1, processes)),
            Resume = arguments.Has("--resume"),
        };
        try
        {
            var results = study.Run(options, processes > 0 ? new Progress<StudyProgress>(Console.WriteLine) : null);
            foreach (var record in results.Failed)
                Console.Error.WriteLine($"failed: {record.Setting}, seed {record.Seed}: {record.Error}");
            return results;
        }
        catch (InvalidDataException e)
        {
            // The folder has figures of other settings, or damaged ones; nothing was run.
            Console.Error.WriteLine(e.Message);
            Environment.Exit(2);
            throw;
        }
    }

    /// <summary>The settings of which a run succeeded.</summary>
    public static IEnumerable<string> Succeeded(this StudyResults results)
        => results.Settings.Where(setting => results.Records.Any(record => record.Setting == setting && record.Succeeded));

    /// <summary>A figure as a line of results, its mean over seeds; nothing where no run has it.</summary>
    public static void Print(
        this StudyResults results, string setting, string figure, string unit, string format = "F2", string? name = null)
    {
        if (results.Succeeded().Contains(setting))
            SampleResult.Print(name ?? figure, results.Values(setting, figure).Values, unit, format);
    }
}
