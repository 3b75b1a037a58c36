using System.Globalization;
using System.Text;
using System.Text.Json;

namespace VaeToolkit.Volumes;

/// <summary>
/// What a folder's <c>dataset.json</c> says about its volumes, as the Medical Segmentation Decathlon and nnU-Net write it.
/// </summary>
/// <param name="Name">The set's name, or null.</param>
/// <param name="Channels">What each channel of an image is, such as <c>T1</c>; empty where it is not said.</param>
/// <param name="Labels">What each label means; nnU-Net's regions of several labels are left out.</param>
public sealed record DataSetDescription(string? Name, IReadOnlyList<string> Channels, IReadOnlyDictionary<int, string> Labels)
{
    internal const string FileName = "dataset.json";

    // A byte-order mark, also that of UTF-16, comes before what is said here; other bytes are no UTF-8.
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Name, channels and labels, a line each.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        $"{Name ?? "a data set"}",
        $"  channels {Listed(Channels)}",
        $"  labels   {Listed([.. Labels.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}")])}");

    private static string Listed(IReadOnlyList<string> entries) => entries.Count == 0 ? "not said" : string.Join(", ", entries);

    /// <summary>Reads a description, with a byte-order mark or without.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no JSON object, or names channels or labels in another way.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DataSetDescription Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path, s_strict));
            var root = document.RootElement;
            var channels = Entries(root, "modality").Concat(Entries(root, "channel_names"));
            return new(
                root.TryGetProperty("name", out var name) ? name.GetString() : null,
                [.. channels.OrderBy(entry => Number(entry.Name)).Select(entry => entry.Value.GetString()!)],
                Entries(root, "labels").Where(entry => entry.Value.ValueKind != JsonValueKind.Array).ToDictionary(Label, Meaning));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: names of channels and labels were expected as {{\"0\": \"background\"}} "
                + $"or {{\"background\": 0}}, each number once: {e.Message}", e);
        }
    }

    // The Decathlon writes "1": "tumour", nnU-Net "tumour": 1, and others the number as text or with a point.
    private static int Label(JsonProperty entry) => Number(IsOfNumber(entry) ? entry.Value.ToString() : entry.Name);

    private static string Meaning(JsonProperty entry) => IsOfNumber(entry) ? entry.Name : entry.Value.GetString()!;

    private static bool IsOfNumber(JsonProperty entry)
        => entry.Value.ValueKind == JsonValueKind.Number || (!TryNumber(entry.Name, out _) && TryNumber(entry.Value.GetString(), out _));

    private static int Number(string text)
        => TryNumber(text, out var number) ? number : throw new FormatException($"'{text}' is no whole number");

    // 1 is 1.0.
    private static bool TryNumber(string? text, out int number)
    {
        var isNumber = double.TryParse(
            text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && Math.Abs(value) <= int.MaxValue && value == Math.Floor(value);
        number = isNumber ? (int)value : 0;
        return isNumber;
    }

    private static JsonElement.ObjectEnumerator Entries(JsonElement root, string property)
        => root.TryGetProperty(property, out var value) ? value.EnumerateObject() : default;
}
