namespace VaeToolkit.Studies;

/// <summary>Keeps count of a study's runs, for its progress.</summary>
internal sealed class StudyBoard<TSetting>(
    IReadOnlyList<string> names, IReadOnlyList<StudyTask<TSetting>> tasks, IProgress<StudyProgress>? progress)
{
    private readonly Lock _lock = new();
    private readonly HashSet<(string, long)> _running = [];
    private readonly Dictionary<(string, long), bool> _ended = [];

    public void Begun(StudyTask<TSetting> task) => Change(() => _running.Add((task.Name, task.Seed)), null);

    public void Ended(StudyRecord record) => Change(
        () =>
        {
            _running.Remove((record.Setting, record.Seed));
            _ended[(record.Setting, record.Seed)] = record.Succeeded;
        }, record);

    private void Change(Action change, StudyRecord? latest)
    {
        lock (_lock)
        {
            change();
            progress?.Report(new([.. names.Select(Row)], latest));
        }
    }

    private StudyProgressRow Row(string name)
    {
        (string, long)[] own = [.. tasks.Where(task => task.Name == name).Select(task => (task.Name, task.Seed))];
        var (done, failed) = (own.Count(Succeeded), own.Count(key => _ended.ContainsKey(key) && !Succeeded(key)));
        var running = own.Count(_running.Contains);
        return new(name, done, failed, running, own.Length - done - failed - running);

        bool Succeeded((string, long) key) => _ended.GetValueOrDefault(key);
    }
}
