using System.Text;

namespace VaeToolkit.Training;

/// <summary>The files of a folder that rank 0 has, on the other ranks too, until disposed.</summary>
internal sealed class SharedFolder : IDisposable
{
    private const int LargestPiece = 1 << 26;

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
        var shared = new SharedFolder(target ?? Path.GetDirectoryName(folder)!, isCopy: target is not null);
        try
        {
            foreach (var name in names.Skip(1))
                Copy(group, folder is null ? null : Path.Combine(folder, name), copy is null ? null : Path.Combine(copy, name));
            return shared;
        }
        catch
        {
            shared.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_isCopy)
            Directory.Delete(Parent, recursive: true);
    }

    // In pieces, since a file may be larger than an array.
    private static void Copy(RankGroup group, string? from, string? to)
    {
        using var source = from is null ? null : File.OpenRead(from);
        using var target = to is null ? null : File.Create(to);
        var left = (long)group.Gather(source?.Length ?? 0).Sum();
        var piece = new byte[Math.Min(left, LargestPiece)];
        while (left > 0)
        {
            var part = piece.AsSpan(0, (int)Math.Min(left, piece.Length));
            source?.ReadExactly(part);
            group.Exchange.Broadcast(part, root: 0);
            target?.Write(part);
            left -= part.Length;
        }
    }

    private static string Text(RankGroup group, string? text)
        => Encoding.UTF8.GetString(group.Broadcast(text is null ? null : Encoding.UTF8.GetBytes(text)));
}
