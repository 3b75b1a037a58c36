using System.Text.Json;

namespace VaeToolkit.Storage;

/// <summary>A <see cref="TrainingRecord"/> as JSON, which is taken for hostile when it is read.</summary>
internal static class TrainingRecordJson
{
    private const string Version = "library_version";

    internal static void Write(Utf8JsonWriter json, TrainingRecord record)
    {
        json.WriteStartObject();
        json.WriteString("objective", record.Objective);
        json.WriteStartObject("settings");
        foreach (var (name, value) in record.Settings)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartArray("item_shape");
        foreach (var length in record.ItemShape)
            json.WriteNumberValue(length);
        json.WriteEndArray();
        Write(json, "least", record.Least);
        Write(json, "most", record.Most);
        json.WriteNumber("items", record.Items);
        if (record.LibraryVersion is { } version)
            json.WriteString(Version, version);
        json.WriteEndObject();
    }

    /// <exception cref="PartException">It is not what <see cref="Write(Utf8JsonWriter, TrainingRecord)"/> writes.</exception>
    internal static TrainingRecord Read(JsonElement trained, string path)
    {
        var options = PartOptions.OfGroup(trained, path);
        var record = new TrainingRecord(
            options.Text("objective"), options.Dictionary("settings"), options.WholeNumbers("item_shape"), options.NumberOrNull("least"),
            options.NumberOrNull("most"), options.WholeNumber("items"))
        {
            LibraryVersion = options.Contains(Version) ? options.Text(Version) : null,
        };
        options.RequireAllRead();
        return record;
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
