using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>The files of a run's folder. They are taken for hostile: what is in them is text and numbers, within bounds.</summary>
internal static class RunFiles
{
    private const char ByteOrderMark = '\uFEFF';
    private const long MostBytes = 64L << 20;

    public static IReadOnlyList<EpochSummary> ReadMetrics(string path)
    {
        var lines = Encoding.UTF8.GetString(ReadAll(path) ?? throw Missing(path)).Split('\n');
        var epochs = new List<EpochSummary>();
        // A line without an end is one that a killed run was writing.
        for (var i = 0; i < lines.Length - 1; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
                continue;
            epochs.Add(ReadEpoch(path, i + 1, epochs.Count + 1, lines[i].TrimStart(ByteOrderMark)));
        }
        return epochs.Count > 0 ? epochs : throw Missing(path);
    }

    /// <summary>Where a folder's model is: in <c>best</c>, else in <c>last</c>.</summary>
    public static string Checkpoint(string folder)
        => Path.Combine(folder, Directory.Exists(Path.Combine(folder, "best")) ? "best" : "last");

    /// <summary>
    /// Every value of a JSON file by its path, such as <c>settings.GradientClip</c>; an array of plain values is one. Empty where the file
    /// is not there.
    /// </summary>
    public static IReadOnlyDictionary<string, string> ReadFlat(string path, string? skip = null)
    {
        var values = new OrderedDictionary<string, string>();
        if (ReadAll(path) is not { } bytes)
            return values;
        try
        {
            // As a stream, since editors put byte-order marks before it.
            using var stream = new MemoryStream(bytes, writable: false);
            using var json = JsonDocument.Parse(stream);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"'{path}': it is not a JSON object.");
            foreach (var property in json.RootElement.EnumerateObject().Where(property => property.Name != skip))
                Flatten(property.Name, property.Value, values);
            return values;
        }
        catch (JsonException e)
        {
            throw Damaged(path, (e.LineNumber ?? 0) + 1, e);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"'{path}': it holds text that is not valid UTF-8.", e);
        }
    }

    public static IReadOnlyDictionary<string, string> Below(IReadOnlyDictionary<string, string> values, string prefix)
    {
        var below = new OrderedDictionary<string, string>();
        foreach (var (name, value) in values.Where(value => value.Key.StartsWith(prefix, StringComparison.Ordinal)))
            below[name[prefix.Length..]] = value;
        return below;
    }

    public static double? Number(IReadOnlyDictionary<string, string> values, string name)
        => values.TryGetValue(name, out var text)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static EpochSummary ReadEpoch(string path, int number, int expected, string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RunJson.Default.EpochSummary) is { Terms: not null } epoch && epoch.Epoch == expected
                ? epoch
                : throw new InvalidDataException($"'{path}', line {number}: it is not epoch {expected}.");
        }
        catch (JsonException e)
        {
            throw Damaged(path, number, e);
        }
    }

    private static void Flatten(string name, JsonElement value, OrderedDictionary<string, string> into)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
                Flatten($"{name}.{property.Name}", property.Value, into);
        }
        else if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object))
        {
            foreach (var (item, i) in value.EnumerateArray().Select((item, i) => (item, i)))
                Flatten(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]"), item, into);
        }
        else
        {
            into[name] = Text(value);
        }
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Null => "none",
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };

    private static byte[]? ReadAll(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return null;
        return file.Length <= MostBytes ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"'{path}': it has {file.Length} bytes; {MostBytes} are the most.");
    }

    private static FileNotFoundException Missing(string path)
        => new($"'{path}' is not there or has no finished epoch, so there is no run to report.", path);

    private static InvalidDataException Damaged(string path, long line, JsonException e)
        => new(FormattableString.Invariant($"'{path}', line {line}: {e.Message}"), e);
}

/// <summary>The JSON of <c>metrics.jsonl</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(EpochSummary))]
internal sealed partial class RunJson : JsonSerializerContext;
