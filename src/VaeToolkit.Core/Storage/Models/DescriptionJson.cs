using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>Descriptions as JSON: written, told apart, compared.</summary>
internal static class DescriptionJson
{
    /// <summary>How deep a description may be: a model of parts of parts is about six deep.</summary>
    internal const int Depth = 32;

    /// <summary>The most bytes of a description.</summary>
    internal const int MostBytes = 1 << 20;

    private const int LongestShown = 100;

    // Written and read by this library; nothing is embedded in HTML.
    private static readonly JsonWriterOptions s_compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For files that people read.</summary>
    internal static JsonWriterOptions Indented { get; } = s_compact with { Indented = true };

    internal static byte[] Write(PartDescription description, bool withUsage = true)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, s_compact))
            Write(json, description, withUsage);
        return stream.ToArray();
    }

    internal static void Write(Utf8JsonWriter json, PartDescription description, bool withUsage = true)
    {
        json.WriteStartObject();
        json.WriteString(PartDescription.PartKey, description.Part);
        foreach (var (name, value) in description.Options(withUsage))
        {
            json.WritePropertyName(name);
            Write(json, value, withUsage);
        }
        json.WriteEndObject();
    }

    internal static string Fingerprint(PartDescription description) => Fingerprint(Write(description, withUsage: false));

    internal static string Fingerprint(byte[] description) => Convert.ToHexStringLower(SHA256.HashData(description));

    /// <summary>
    /// What can be told of a module's options, without those that only say how it is used: its description, or where it does not say how it
    /// is made, those of its parts that do, by the names under which it has them. Null where none does.
    /// </summary>
    internal static byte[]? WriteKnown(torch.nn.Module module)
    {
        if (PartDescription.Find(module) is { } whole)
            return Write(whole, withUsage: false);
        List<(string Name, PartDescription Description)> parts = [.. DescribedParts(module, "")];
        if (parts.Count == 0)
            return null;
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, s_compact))
        {
            json.WriteStartObject();
            foreach (var (name, description) in parts)
            {
                json.WritePropertyName(name);
                Write(json, description, withUsage: false);
            }
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>The other options, which only say how a module and its parts are used, by their paths and in words.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Usage(torch.nn.Module module)
        => PartDescription.Find(module) is { } whole ? Usage(whole, "")
            : DescribedParts(module, "").SelectMany(part => Usage(part.Description, part.Name + "."));

    private static IEnumerable<KeyValuePair<string, string>> Usage(PartDescription description, string path)
    {
        var lasting = description.Options(withUsage: false).Select(option => option.Name).ToHashSet();
        return description.Options(withUsage: true).SelectMany(option => option.Value switch
        {
            PartDescription part => Usage(part, $"{path}{option.Name}."),
            IEnumerable<PartDescription> parts => parts.SelectMany((part, i) => Usage(part, $"{path}{option.Name}.{i}.")),
            var value when !lasting.Contains(option.Name) => [new(path + option.Name, OptionText.Of(value))],
            _ => [],
        });
    }

    private static IEnumerable<(string Name, PartDescription Description)> DescribedParts(torch.nn.Module module, string path)
        => module.named_children().SelectMany(child => PartDescription.Find(child.module) is { } description
            ? [(path + child.name, description)] : DescribedParts(child.module, $"{path}{child.name}."));

    /// <summary>
    /// Where two descriptions differ, one sentence for each place. Where one is of a model's parts alone, those are compared that both say
    /// something of: a part may have learnt since to say how it is made.
    /// </summary>
    internal static IReadOnlyList<string> Differences(JsonElement one, JsonElement other, string own, string others)
    {
        if (!IsObject(one) || !IsObject(other) || (IsWhole(one) && IsWhole(other)))
            return [.. Differences("", one, other, own, others)];
        var paths = (IsWhole(one) ? other : one).EnumerateObject().Select(part => part.Name);
        return [.. paths.Where(path => At(one, path) is not null && At(other, path) is not null)
            .SelectMany(path => Differences(path, At(one, path), At(other, path), own, others))];
    }

    /// <summary>Whether it is of a model, and not of some of its parts by their paths.</summary>
    internal static bool IsWhole(JsonElement description)
        => IsObject(description) && description.TryGetProperty(PartDescription.PartKey, out _);

    private static bool IsObject(JsonElement element) => element.ValueKind == JsonValueKind.Object;

    private static JsonElement? At(JsonElement description, string path)
    {
        if (!IsWhole(description))
            return Property(description, path);
        JsonElement? at = description;
        foreach (var name in path.Split('.'))
            at = at is { } element && IsObject(element) ? Property(element, name) : null;
        return at;
    }

    private static IEnumerable<string> Differences(string path, JsonElement? one, JsonElement? other, string own, string others)
    {
        if (one is not { ValueKind: JsonValueKind.Object } a || other is not { ValueKind: JsonValueKind.Object } b
            || NameOf(a) != NameOf(b))
            return Same(one, other) ? [] : [$"{(path.Length == 0 ? "model" : path)}: {own} {Text(one)}, {others} {Text(other)}"];
        var names = a.EnumerateObject().Concat(b.EnumerateObject()).Select(property => property.Name).Distinct();
        return names.SelectMany(name => Differences(
            path.Length == 0 ? name : $"{path}.{name}", Property(a, name), Property(b, name), own, others));
    }

    private static JsonElement? Property(JsonElement element, string name)
        => element.TryGetProperty(name, out var value) ? value : null;

    private static string? NameOf(JsonElement element)
        => element.TryGetProperty(PartDescription.PartKey, out var name) && name.ValueKind == JsonValueKind.String
            ? name.GetString() : null;

    private static string Compact(JsonElement value)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, s_compact))
            value.WriteTo(json);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static bool Same(JsonElement? one, JsonElement? other)
        => one is { } a && other is { } b ? JsonElement.DeepEquals(a, b) : one is null && other is null;

    // Another part is named without its options, which are none of the other's.
    private static string Text(JsonElement? element) => element switch
    {
        null => "nothing",
        { ValueKind: JsonValueKind.Object } part when NameOf(part) is { } name => $"\"{name}\"",
        { } value => SafeTensorsException.Shorten(Compact(value), LongestShown),
    };

    private static void Write(Utf8JsonWriter json, object? value, bool withUsage)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case PartDescription part:
                Write(json, part, withUsage);
                break;
            case object[] values:
                json.WriteStartArray();
                foreach (var item in values)
                    Write(json, item, withUsage);
                json.WriteEndArray();
                break;
        }
    }
}
