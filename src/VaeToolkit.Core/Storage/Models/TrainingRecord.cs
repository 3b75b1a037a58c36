using System.Runtime.CompilerServices;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>What a model was trained with last, as <see cref="ModelFolder"/> keeps it beside the model.</summary>
/// <param name="Objective">The objective's type, such as <c>Elbo</c>.</param>
/// <param name="Settings">The objective's options in words, by name.</param>
/// <param name="ItemShape">Shape of one item of the data.</param>
/// <param name="Least">The least value in the training data; null where it is not finite.</param>
/// <param name="Most">The greatest one; null where it is not finite.</param>
/// <param name="Items">Number of training items.</param>
public sealed record TrainingRecord(
    string Objective, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<long> ItemShape, double? Least, double? Most, long Items)
{
    // Beside the model and not in it: any module can be trained, and the record goes when the model does.
    private static readonly ConditionalWeakTable<torch.nn.Module, TrainingRecord> s_records = [];

    /// <summary>What a model was trained with last, by <see cref="Training.Trainer"/> or before it was saved; null if not known.</summary>
    /// <param name="model">The model.</param>
    public static TrainingRecord? Of(torch.nn.Module model) => s_records.TryGetValue(model, out var record) ? record : null;

    /// <summary>The objective, the items and their values.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Objective} on {Items} items of {Shape.Text(ItemShape)} with values from {Least:G6} to {Most:G6}");

    internal static void Set(torch.nn.Module model, TrainingRecord? record)
    {
        if (record is null)
            s_records.Remove(model);
        else
            s_records.AddOrUpdate(model, record);
    }
}
