using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace VaeToolkit.Studies;

/// <summary>
/// Many runs of one experiment: every setting with every seed. Each run leaves a record in the study's folder as soon as it ends, so a
/// study that was killed goes on where it stood, and one that is asked for again does only what is missing. A run that fails is recorded
/// with why, and the rest goes on.
/// </summary>
/// <typeparam name="TSetting">
/// What a setting is, usually a record: its values, lists item by item and numbers alike in every culture, or its own
/// <see cref="object.ToString"/> where that is overridden, are kept with every figure, and a folder with figures of other settings is
/// refused.
/// </typeparam>
public sealed class Study<[DynamicallyAccessedMembers(SettingText.Read)] TSetting>
    where TSetting : notnull
{
    // How often it is looked whether another process has done with a run.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private const int LogLines = 5;

    private readonly StudyFolder _folder;
    private readonly IReadOnlyList<StudyTask<TSetting>> _tasks;
    private readonly IReadOnlyList<string> _names;
    private readonly Func<StudyRun<TSetting>, IReadOnlyDictionary<string, double>> _run;

    /// <summary>Makes the study; nothing is run yet.</summary>
    /// <param name="folder">Where the records are, one folder a setting and a seed.</param>
    /// <param name="settings">Settings by name; a name is that of a folder too. At least one.</param>
    /// <param name="seeds">Seeds, or numbers of folds; at least one, no two alike.</param>
    /// <param name="run">Does one run and gives its figures by name; a run that gives null has failed.</param>
    /// <exception cref="ArgumentException">There are none, two seeds are alike, a name is no name of a folder, two differ by case
    /// alone, or a setting has a value whose text does not tell it from others, such as an object without a text of its own.</exception>
    public Study(
        string folder, IReadOnlyDictionary<string, TSetting> settings, IReadOnlyList<long> seeds,
        Func<StudyRun<TSetting>, IReadOnlyDictionary<string, double>> run)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentNullException.ThrowIfNull(run);
        if (settings.Count == 0 || seeds.Count == 0)
            throw new ArgumentException($"there are {settings.Count} settings and {seeds.Count} seeds; at least one of each is needed");
        if (seeds.Distinct().Count() < seeds.Count)
            throw new ArgumentException($"the seeds {string.Join(", ", seeds)} are not all different", nameof(seeds));
        if (settings.Keys.FirstOrDefault(name => !IsFolderName(name)) is { } bad)
            throw new ArgumentException($"the setting's name '{bad}' cannot be that of a folder", nameof(settings));
        if (settings.Keys.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(names => names.Count() > 1) is { } twins)
            throw new ArgumentException(
                $"the settings' names {string.Join(" and ", twins)} are one folder where upper and lower case are the same",
                nameof(settings));
        (_folder, _names, _run) = (new(folder), [.. settings.Keys], run);
        var texts = settings.ToDictionary(pair => pair.Key, pair => SettingText.Of(pair.Key, pair.Value, nameof(settings)));
        // Seed by seed, so that the first runs show all settings.
        _tasks = [.. seeds.SelectMany(seed => settings.Select(
            pair => new StudyTask<TSetting>(pair.Key, pair.Value, seed, texts[pair.Key])))];
    }

    /// <summary>Does the runs that have no record yet, and gives the results.</summary>
    /// <remarks>In a worker process it does that process's one run and ends the program.</remarks>
    /// <param name="options">Processes, threads and share; null for the defaults.</param>
    /// <param name="progress">Told whenever a run begins or ends.</param>
    /// <param name="cancellation">Ends it; workers are killed, and what has ended stays.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidDataException">The folder has records of other settings under these names, or damaged ones.</exception>
    public StudyResults Run(
        StudyOptions? options = null, IProgress<StudyProgress>? progress = null, CancellationToken cancellation = default)
    {
        options = (options ?? new()).Validated();
        if (StudyWorker.Task is { } own)
        {
            if (own.Folder == _folder.FullPath)
                Environment.Exit(RunHere(Find(own.Setting, own.Seed), cancellation).Succeeded ? 0 : 1);
            // Another study of the same program: it is not this process's.
            return Read();
        }
        cancellation.ThrowIfCancellationRequested();
        if (!options.Resume)
        {
            foreach (var (_, task) in _tasks.Index().Where(pair => options.Share.Has(pair.Index)))
                _folder.PutAside(task.Name, task.Seed);
        }
        var board = new StudyBoard<TSetting>(_names, _tasks, progress);
        var waiting = new List<StudyTask<TSetting>>();
        foreach (var (number, task) in _tasks.Index())
        {
            var record = _folder.Read(task.Name, task.Seed, task.Text);
            if (record is not null && (record.Succeeded || !options.RetryFailed || !options.Share.Has(number)))
                board.Ended(record);
            else if (options.Share.Has(number))
                waiting.Add(task);
        }
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Processes), CancellationToken = cancellation };
        Parallel.ForEachAsync(waiting, parallel, async (task, token) =>
        {
            board.Begun(task);
            board.Ended(options.Processes == 0
                ? RunHere(task, token)
                : await RunInWorkerAsync(task, options, token).ConfigureAwait(false));
        }).GetAwaiter().GetResult();
        return Read();
    }

    /// <summary>The results of what has ended so far, without running anything.</summary>
    /// <exception cref="InvalidDataException">As of <see cref="Run"/>.</exception>
    public StudyResults Read()
    {
        StudyRecord?[] records = [.. _tasks.Select(task => _folder.Read(task.Name, task.Seed, task.Text))];
        var order = _names.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        return new(
            _names, [.. records.OfType<StudyRecord>().OrderBy(record => order[record.Setting]).ThenBy(record => record.Seed)],
            records.Count(record => record is null));
    }

    private StudyTask<TSetting> Find(string name, long seed)
        => _tasks.FirstOrDefault(task => task.Name == name && task.Seed == seed) ?? throw new InvalidOperationException(
            $"this worker was started for '{name}' with seed {seed}, which its study has not: the program makes another study now");

    // What another process has under way is waited for and taken over.
    private StudyRecord RunHere(StudyTask<TSetting> task, CancellationToken cancellation)
    {
        FileStream? taken;
        while ((taken = _folder.TryTake(task.Name, task.Seed)) is null)
        {
            cancellation.WaitHandle.WaitOne(s_pause);
            cancellation.ThrowIfCancellationRequested();
        }
        using (taken)
        {
            if (_folder.Read(task.Name, task.Seed, task.Text) is { Succeeded: true } done)
                return done;
            var record = Recorded(task, cancellation);
            _folder.Write(record);
            return record;
        }
    }

    private StudyRecord Recorded(StudyTask<TSetting> task, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var run = new StudyRun<TSetting>(task.Name, task.Setting, task.Seed, _folder.Of(task.Name, task.Seed), cancellation);
            return _run(run) is { } figures ? task.Record(figures, null, clock) : task.Record(
                null, $"the run of '{task.Name}' ({task.Text.Text}) with seed {task.Seed} returned null; it must return its figures by "
                    + "name", clock);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return task.Record(null, e.ToString(), clock);
        }
    }

    private async Task<StudyRecord> RunInWorkerAsync(StudyTask<TSetting> task, StudyOptions options, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        string problem;
        try
        {
            var code = await StudyWorker.RunAsync(_folder, task.Name, task.Seed, options, cancellation).ConfigureAwait(false);
            if (code == 0 && _folder.Read(task.Name, task.Seed, task.Text) is { Succeeded: true } done)
                return done;
            if (code == 1 && _folder.Read(task.Name, task.Seed, task.Text) is { Succeeded: false } failed)
                return failed;
            problem = FormattableString.Invariant($"the worker ended with {code} and left no figures");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            problem = $"the worker could not be started: {e.Message}";
        }
        var log = _folder.LogOf(task.Name, task.Seed);
        if (File.Exists(log))
            problem += $"; the last lines of {log}:\n{string.Join('\n', (await File.ReadAllLinesAsync(log, cancellation)
                .ConfigureAwait(false)).TakeLast(LogLines))}";
        var record = task.Record(null, problem, clock);
        _folder.Write(record);
        return record;
    }

    private static bool IsFolderName(string name)
        => !string.IsNullOrWhiteSpace(name) && name is not ("." or "..") && name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0
            && !name.Contains('/') && !name.Contains('\\');
}
