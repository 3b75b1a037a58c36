namespace VaeToolkit.Studies.Tests;

/// <summary>
/// What runs when the test assembly is started as a program: a study whose settings say what a run does. Its arguments are the study's
/// folder, the number of seeds and the processes. Started by <c>mpirun</c> it does its share.
/// </summary>
internal static class WorkerProgram
{
    /// <summary>The command that starts it.</summary>
    public static IReadOnlyList<string> Command(string folder, int seeds, int processes = 0)
        => ["dotnet", "exec", typeof(WorkerProgram).Assembly.Location, folder, $"{seeds}", $"{processes}"];

    /// <summary>The same study, for the tests.</summary>
    public static Study<string> Study(string folder, int seeds) => new(
        folder,
        new Dictionary<string, string>
        {
            ["fine"] = "figures",
            ["throws"] = "an exception for seed 2",
            ["dies"] = "the end of the process for seed 2",
        },
        [.. Enumerable.Range(1, seeds).Select(seed => (long)seed)], Run);

    private static int Main(string[] arguments)
    {
        var (folder, seeds) = (arguments[0], int.Parse(arguments[1]));
        var share = StudyShare.FromEnvironment();
        var results = Study(folder, seeds).Run(new() { Processes = int.Parse(arguments[2]), ThreadsEach = 3, Share = share });
        File.WriteAllText(Path.Combine(folder, $"share-{share.Index}.txt"), results.ToString());
        return 0;
    }

    private static Dictionary<string, double> Run(StudyRun<string> run)
    {
        Console.WriteLine($"{run.Name}, seed {run.Seed}");
        // One line a run, so that the tests see which were done, and how often.
        File.AppendAllText(Path.Combine(run.Folder, "done.txt"), "once\n");
        // A run that is asked to wait does so until it is killed.
        if (run is { Name: "fine", Seed: 2 } && File.Exists(Path.Combine(run.Folder, "..", "..", "wait")))
            Thread.Sleep(Timeout.Infinite);
        if (run is { Name: "throws", Seed: 2 })
            throw new InvalidOperationException("seed 2 does not suit");
        if (run is { Name: "dies", Seed: 2 })
        {
            Console.Error.WriteLine("out of luck");
            Environment.Exit(77);
        }
        var pooled = ThreadPool.CompletedWorkItemCount;
        using var data = ImageData.SyntheticDigits(2_000, 0, run.Seed);
        return new()
        {
            ["pooled"] = ThreadPool.CompletedWorkItemCount - pooled,
            ["ten_times"] = 10 * run.Seed,
            // A worker has the variables of the process that has started it.
            ["share"] = StudyShare.FromEnvironment().Index,
            ["processors"] = Environment.ProcessorCount,
            ["profiles"] = Environment.GetEnvironmentVariable("DOTNET_TieredPGO") == "0" ? 0 : 1,
        };
    }
}
