using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// What a model was trained with last, as <see cref="ModelFolder"/> and files of weights keep it beside the model.
/// <see cref="Training.Trainer"/> and the library's own loops record it; a loop of your own does so by <see cref="Set"/>.
/// </summary>
/// <param name="Objective">The objective's type, such as <c>Elbo</c>.</param>
/// <param name="Settings">The objective's options in words, by name.</param>
/// <param name="ItemShape">Shape of one item of the data.</param>
/// <param name="Least">The least value in the training data; null where it is not finite.</param>
/// <param name="Most">The greatest one; null where it is not finite.</param>
/// <param name="Items">Number of training items.</param>
public sealed record TrainingRecord(
    string Objective, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<long> ItemShape, double? Least, double? Most, long Items)
{
    private const string MetadataKey = "trained_with";

    // Beside the model and not in it: any module can be trained, and the record goes when the model does.
    private static readonly ConditionalWeakTable<torch.nn.Module, TrainingRecord> s_records = [];

    /// <summary>The version of the library that trained the model; null where an earlier one did not write it down.</summary>
    public string? LibraryVersion { get; init; } = CurrentVersion;

    internal static string CurrentVersion { get; } = typeof(TrainingRecord).Assembly.GetName().Version!.ToString(3);

    /// <summary>What a model was trained with last, in this program or before it was saved; null if not known.</summary>
    /// <param name="model">The model.</param>
    public static TrainingRecord? Of(torch.nn.Module model) => s_records.TryGetValue(model, out var record) ? record : null;

    /// <summary>Says what a model is trained with, for training loops of your own; the others do it by themselves.</summary>
    /// <param name="model">The model.</param>
    /// <param name="record">What it is trained with; null for not known.</param>
    public static void Set(torch.nn.Module model, TrainingRecord? record)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (record is null)
            s_records.Remove(model);
        else
            s_records.AddOrUpdate(model, record);
    }

    /// <summary>Goes through the training data once for its range.</summary>
    /// <param name="objective">The objective's name.</param>
    /// <param name="settings">Its options in words, by name: <see cref="Objective{TModel}.Settings"/>.</param>
    /// <param name="train">The training data.</param>
    /// <param name="seed">For data that is drawn.</param>
    public static TrainingRecord From(string objective, IReadOnlyDictionary<string, string> settings, DataSource train, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(train);
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var batch in train.InOrder(train.ItemsAtATime, seed))
        {
            using var scope = torch.NewDisposeScope();
            (least, most) = (Math.Min(least, batch.Items.min().ToDouble()), Math.Max(most, batch.Items.max().ToDouble()));
        }
        return new(objective, settings, [.. train.ItemShape], Finite(least), Finite(most), train.Count);
    }

    /// <summary>What a file of weights says that its model was trained with; null where it says nothing.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="SafeTensorsException">What it says is damaged.</exception>
    public static TrainingRecord? In(SafeTensorsFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!file.Metadata.TryGetValue(MetadataKey, out var text))
            return null;
        try
        {
            if (text.Length > DescriptionJson.MostBytes)
                throw new PartException("$", $"it has {text.Length} characters; {DescriptionJson.MostBytes} are the most");
            using var json = JsonDocument.Parse(text, new() { MaxDepth = DescriptionJson.Depth });
            return TrainingRecordJson.Read(json.RootElement, "$");
        }
        catch (Exception e) when (e is PartException or JsonException or InvalidOperationException)
        {
            throw new SafeTensorsException(file.SourceFile, 0, $"the metadata '{MetadataKey}' are damaged: {e.Message}", innerException: e);
        }
    }

    /// <summary>Adds the record to the metadata of a file of weights, where <see cref="In"/> finds it.</summary>
    /// <param name="metadata">The metadata.</param>
    public void AddTo(IDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            TrainingRecordJson.Write(json, this);
        metadata[MetadataKey] = Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The objective, the items and their values.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Objective} on {Items} items of {Shape.Text(ItemShape)} with values from {Least:G6} to {Most:G6}");

    // Data with NaN are the trial batch's matter; JSON has no such number.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
