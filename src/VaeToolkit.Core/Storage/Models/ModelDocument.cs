using System.Text.Json;

namespace VaeToolkit.Storage;

/// <summary>
/// <c>model.json</c>: what it is, in which version, the model's description, and what it was trained with. Reading takes it for hostile.
/// </summary>
internal sealed class ModelDocument : IDisposable
{
    internal const string Format = "vaetoolkit.model-folder";
    internal const int FormatVersion = 1;

    /// <summary>Where the model's own description is.</summary>
    internal const string ModelPath = "$.model";

    private const string Model = "model";
    private const string Trained = "trained_with";

    private static readonly string[] s_required = ["format", "format_version", "library_version", "fingerprint", Model];

    private readonly JsonDocument _json;

    private ModelDocument(JsonDocument json, string path)
    {
        _json = json;
        SourceFile = path;
    }

    internal string SourceFile { get; }

    internal JsonElement Description => _json.RootElement.GetProperty(Model);

    internal string Fingerprint { get; private set; } = "";

    internal string LibraryVersion { get; private set; } = "";

    internal TrainingRecord? TrainedWith { get; private set; }

    internal static void Write(Stream stream, PartDescription description, TrainingRecord? trainedWith)
    {
        using var json = new Utf8JsonWriter(stream, DescriptionJson.Indented);
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteNumber("format_version", FormatVersion);
        json.WriteString("library_version", TrainingRecord.CurrentVersion);
        json.WriteString("fingerprint", description.Fingerprint);
        json.WritePropertyName(Model);
        DescriptionJson.Write(json, description);
        if (trainedWith is not null)
        {
            json.WritePropertyName(Trained);
            TrainingRecordJson.Write(json, trainedWith);
        }
        json.WriteEndObject();
    }

    /// <exception cref="ModelFolderException">It is not what this library writes.</exception>
    internal static ModelDocument Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > DescriptionJson.MostBytes)
            throw new ModelFolderException(path, null, $"it has {stream.Length} bytes; {DescriptionJson.MostBytes} are the most");
        JsonDocument? json = null;
        try
        {
            json = JsonDocument.Parse(stream, new() { MaxDepth = DescriptionJson.Depth });
            var document = new ModelDocument(json, path);
            document.ReadFields();
            return document;
        }
        catch (Exception e) when (e is PartException or JsonException or InvalidOperationException)
        {
            json?.Dispose();
            throw Refusal(path, e);
        }
    }

    /// <summary>What is wrong with the document, in terms of its file.</summary>
    internal static ModelFolderException Refusal(string path, Exception e) => e switch
    {
        PartException part => new(path, part.Path, part.Problem, part),
        JsonException json => new(path, null, $"it is not valid JSON: {json.Message}", json),
        _ => new(path, null, $"it holds text that is not valid UTF-8: {e.Message}", e),
    };

    public void Dispose() => _json.Dispose();

    private void ReadFields()
    {
        var root = _json.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new PartException("$", "it is not an object");
        var seen = new HashSet<string>();
        foreach (var property in root.EnumerateObject())
        {
            var path = $"$.{SafeTensorsException.Shorten(property.Name)}";
            if (!seen.Add(property.Name))
                throw new PartException(path, "the property stands twice");
            if (!s_required.Contains(property.Name) && property.Name != Trained)
                throw new PartException(path, "a model folder has no such property");
        }
        if (s_required.FirstOrDefault(name => !seen.Contains(name)) is { } missing)
            throw new PartException("$", $"'{missing}' is missing");
        RequireFormat(root);
        Fingerprint = Text(root, "fingerprint");
        LibraryVersion = Text(root, "library_version");
        TrainedWith = root.TryGetProperty(Trained, out var trained) ? TrainingRecordJson.Read(trained, $"$.{Trained}") : null;
    }

    private static void RequireFormat(JsonElement root)
    {
        if (Text(root, "format") is var format && format != Format)
            throw new PartException("$.format", $"it is '{SafeTensorsException.Shorten(format)}', not '{Format}'");
        var version = root.GetProperty("format_version");
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number < 1)
            throw new PartException("$.format_version", "it is no whole number from 1");
        if (number > FormatVersion)
            throw new PartException(
                "$.format_version", $"it is {number}; this library reads versions up to {FormatVersion}, so a newer one is needed");
    }

    private static string Text(JsonElement root, string name) => root.GetProperty(name) is { ValueKind: JsonValueKind.String } text
        ? text.GetString()!
        : throw new PartException($"$.{name}", "it is no text");
}
