using System.Globalization;
using System.IO.Compression;

namespace VaeToolkit.Samples;

/// <summary>Who wrote each of MNIST's training digits (QMNIST's ids), and the 97 writers with the most.</summary>
internal sealed class WriterFile
{
    private const int WriterCount = 97;

    private WriterFile(long[] train, long[] test, long[] others, long[] writers)
        => (Train, Test, Others, Writers) = (train, test, others, writers);

    /// <summary>Rows of the 97 writers to train on: all but every fifth of each.</summary>
    public long[] Train { get; }

    /// <summary>Every fifth row of each of the 97 writers.</summary>
    public long[] Test { get; }

    /// <summary>Rows of all other writers.</summary>
    public long[] Others { get; }

    /// <summary>The writer, 0 to 96, of every row; −1 for other writers.</summary>
    public long[] Writers { get; }

    /// <summary>Reads <c>train-writers.csv.gz</c>: a header, then one id a row of MNIST.</summary>
    public static WriterFile Read(string path)
    {
        using var file = File.OpenRead(path);
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var lines = text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var ids = lines.Skip(1).Select((line, i) => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new FormatException($"{path}({i + 2}): '{line}' is no writer's id")).ToArray();
        var frequent = ids.GroupBy(id => id)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key).Take(WriterCount).Select(group => group.Key).ToList();
        var writers = ids.Select(id => (long)frequent.IndexOf(id)).ToArray();
        var position = new int[WriterCount];
        var (train, test, others) = (new List<long>(), new List<long>(), new List<long>());
        for (long row = 0; row < writers.Length; row++)
            (writers[row] < 0 ? others : position[writers[row]]++ % 5 == 4 ? test : train).Add(row);
        return new([.. train], [.. test], [.. others], writers);
    }
}
