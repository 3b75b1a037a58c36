namespace VaeToolkit.Training;

/// <summary>Whether a folder can be written, by writing into it.</summary>
internal static class FolderCheck
{
    public static IEnumerable<string> Findings(string? folder)
    {
        if (folder is not null && Problem(folder) is { } problem)
            yield return $"The checkpoint folder '{folder}' cannot be written: {problem}";
    }

    private static string? Problem(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".write-test-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return e.Message;
        }
    }
}
