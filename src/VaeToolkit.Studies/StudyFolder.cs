using System.Text.Json;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Studies;

/// <summary>
/// The records of a study, a file each: it is written under a temporary name and renamed, so any number of processes and machines that
/// share the folder add to it, and a kill at any moment costs one run at most.
/// </summary>
internal sealed class StudyFolder(string path)
{
    private const string RecordFile = "record.json";
    private const string LockFile = "running.lock";

    public string FullPath { get; } = Path.GetFullPath(path);

    /// <summary>The folder of a run.</summary>
    public string Of(string setting, long seed) => Path.Combine(FullPath, setting, FormattableString.Invariant($"seed-{seed}"));

    /// <summary>What a worker printed.</summary>
    public string LogOf(string setting, long seed) => Path.Combine(Of(setting, seed), "log.txt");

    /// <summary>The record of a run, or null.</summary>
    /// <exception cref="InvalidDataException">Its file is damaged, or of another setting of that name.</exception>
    public StudyRecord? Read(string setting, long seed, SettingText text)
    {
        var file = Path.Combine(Of(setting, seed), RecordFile);
        if (!File.Exists(file))
            return null;
        StudyRecord? record;
        try
        {
            using var stream = File.OpenRead(file);
            record = JsonSerializer.Deserialize(stream, StudyJson.Default.StudyRecord);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file} is no record of a study: {e.Message}", e);
        }
        if (record is null || record.Setting != setting || record.Seed != seed || record.Figures is null)
            throw new InvalidDataException($"{file} is not the record of '{setting}' with seed {seed}");
        return text.Marks(record.Description) ? record : throw new InvalidDataException(
            $"{file} is of another setting '{setting}': it was {record.Description}, and is {text.Text} now; take another folder for the "
            + "study, or another name for the setting");
    }

    /// <summary>Writes a run's record.</summary>
    public void Write(StudyRecord record) => AtomicFile.Write(
        Path.Combine(Of(record.Setting, record.Seed), RecordFile),
        stream => JsonSerializer.Serialize(stream, record, StudyJson.Default.StudyRecord));

    /// <summary>
    /// Renames what an earlier run left, its record and whatever else is in its folder, so that it begins anew and nothing is lost; what
    /// another process has under way is left as it is.
    /// </summary>
    public void PutAside(string setting, long seed)
    {
        var folder = Of(setting, seed);
        if (!Directory.Exists(folder))
            return;
        using var taken = TryTake(setting, seed);
        if (taken is not null)
        {
            EarlierFiles.PutAside(folder, [.. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)!)
                .Where(name => name != LockFile && !EarlierFiles.IsAside(name))]);
        }
    }

    /// <summary>Takes a run for this process, until what is given is disposed; null while another process has it.</summary>
    public FileStream? TryTake(string setting, long seed)
    {
        Directory.CreateDirectory(Of(setting, seed));
        try
        {
            return new FileStream(Path.Combine(Of(setting, seed), LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
