namespace VaeToolkit.Samples;

/// <summary>Finds a folder of the data that <c>VAETOOLKIT_DATA</c> names.</summary>
internal static class DataFolder
{
    public static string Find(string name)
    {
        var root = Environment.GetEnvironmentVariable("VAETOOLKIT_DATA") ?? "data";
        var folder = Path.Combine(root, name);
        return Directory.Exists(folder)
            ? folder
            : throw new DirectoryNotFoundException(
                $"there is no folder '{folder}'; the environment variable VAETOOLKIT_DATA must name the folder that has it");
    }
}
