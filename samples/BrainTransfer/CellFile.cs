namespace VaeToolkit.Samples;

/// <summary>
/// The entries of a comparison on disk, one file for each worker, so that no two write to one.
/// A run that was killed goes on where it stopped.
/// </summary>
internal sealed class CellFile(string folder, int worker)
{
    private const string Pattern = "cells-*.csv";
    private readonly string _path = Path.Combine(folder, $"cells-{worker}.csv");

    /// <summary>All entries of all workers. A row that a killed run left unfinished is not read.</summary>
    public static IReadOnlyList<Cell> ReadAll(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder, Pattern)
            .Order(StringComparer.Ordinal).SelectMany(Whole).Where(row => row != Cell.Header).Select(Cell.Parse)]
        : [];

    /// <summary>Appends the entries of one network in one write.</summary>
    public void Append(IReadOnlyList<Cell> cells)
    {
        Directory.CreateDirectory(folder);
        var rows = string.Join('\n', cells.Select(cell => cell.Row)) + "\n";
        File.AppendAllText(_path, File.Exists(_path) ? rows : $"{Cell.Header}\n{rows}");
    }

    /// <summary>Removes what earlier runs left.</summary>
    public static void Clear(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.GetFiles(folder, Pattern))
            File.Delete(file);
    }

    private static IEnumerable<string> Whole(string path)
    {
        var text = File.ReadAllText(path);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
