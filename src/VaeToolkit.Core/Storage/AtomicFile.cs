namespace VaeToolkit.Storage;

/// <summary>
/// Writes files so that a reader sees the old content or the new one, never half of it: to a temporary name in the same folder,
/// then renamed.
/// </summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes a file; the folder is made if it is not there. On any failure the old file stays and the temporary one goes.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = TemporaryNameFor(full);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>A name in the same folder that no other writer uses, so that the rename stays within one file system.</summary>
    public static string TemporaryNameFor(string path) => $"{path}.{Guid.NewGuid():N}.tmp";
}
