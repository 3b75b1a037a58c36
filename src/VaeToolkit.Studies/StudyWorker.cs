using System.Diagnostics;
using System.Globalization;

namespace VaeToolkit.Studies;

/// <summary>This program, started again for one run.</summary>
internal static class StudyWorker
{
    private const string FolderVariable = "VAETOOLKIT_STUDY_FOLDER";
    private const string SettingVariable = "VAETOOLKIT_STUDY_SETTING";
    private const string SeedVariable = "VAETOOLKIT_STUDY_SEED";

    /// <summary>The run that this process was started for, or null.</summary>
    public static (string Folder, string Setting, long Seed)? Task { get; }
        = Environment.GetEnvironmentVariable(FolderVariable) is { } folder
        ? (folder, Environment.GetEnvironmentVariable(SettingVariable)!,
            long.Parse(Environment.GetEnvironmentVariable(SeedVariable)!, CultureInfo.InvariantCulture))
        : null;

    /// <summary>Starts a worker and waits for it; on cancellation it is killed, with what it has started.</summary>
    /// <returns>What it ended with.</returns>
    public static async Task<int> RunAsync(
        StudyFolder folder, string setting, long seed, StudyOptions options, CancellationToken cancellation)
    {
        var command = options.Worker ?? OwnCommand();
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        start.Environment[FolderVariable] = folder.FullPath;
        start.Environment[SettingVariable] = setting;
        start.Environment[SeedVariable] = seed.ToString(CultureInfo.InvariantCulture);
        var threads = options.ThreadsEach.ToString(CultureInfo.InvariantCulture);
        foreach (var name in new[] { "DOTNET_PROCESSOR_COUNT", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VAETOOLKIT_MOST_THREADS" })
            start.Environment[name] = threads;
        // To profile code and compile it again is done beside the run, on a core that its neighbour has; the run's time is libtorch's.
        start.Environment.TryAdd("DOTNET_TieredPGO", "0");

        Directory.CreateDirectory(folder.Of(setting, seed));
        await using var log = TextWriter.Synchronized(new StreamWriter(folder.LogOf(setting, seed)) { AutoFlush = true });
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        return process.ExitCode;

        void Write(string? line)
        {
            if (line is not null)
                log.WriteLine(line);
        }
    }

    // `dotnet program.dll` is started by its host, and a program with a host of its own by itself.
    private static IReadOnlyList<string> OwnCommand()
    {
        var (host, arguments) = (Environment.ProcessPath!, Environment.GetCommandLineArgs());
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, .. arguments] : [host, .. arguments.Skip(1)];
    }
}
