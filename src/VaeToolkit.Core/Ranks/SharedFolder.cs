using System.Text;

namespace VaeToolkit.Training;

/// <summary>The files of a folder that rank 0 has, on the other ranks too, until disposed.</summary>
internal sealed class SharedFolder : IDisposable
{
    private readonly bool _isCopy;

    private SharedFolder(string parent, bool isCopy) => (Parent, _isCopy) = (parent, isCopy);

    /// <summary>The folder in which it is, under its own name.</summary>
    internal string Parent { get; }

    /// <summary>Copies what rank 0 names; null where it names none.</summary>
    internal static SharedFolder? Of(RankGroup group, string? folder)
    {
        if (!group.Any(folder is not null))
            return null;
        string[] files = folder is null ? [] : [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)!)];
        var names = Text(group, folder is null ? null : string.Join('\n', [CheckpointStore.Last, .. files])).Split('\n');
        var target = group.IsFirst ? null : Directory.CreateTempSubdirectory("vaetoolkit-rank-").FullName;
        var copy = target is null ? null : Directory.CreateDirectory(Path.Combine(target, names[0])).FullName;
        foreach (var name in names.Skip(1))
        {
            var bytes = group.Broadcast(group.IsFirst ? File.ReadAllBytes(Path.Combine(folder!, name)) : null);
            if (copy is not null)
                File.WriteAllBytes(Path.Combine(copy, name), bytes);
        }
        return new(target ?? Path.GetDirectoryName(folder)!, isCopy: target is not null);
    }

    public void Dispose()
    {
        if (_isCopy)
            Directory.Delete(Parent, recursive: true);
    }

    private static string Text(RankGroup group, string? text)
        => Encoding.UTF8.GetString(group.Broadcast(text is null ? null : Encoding.UTF8.GetBytes(text)));
}
