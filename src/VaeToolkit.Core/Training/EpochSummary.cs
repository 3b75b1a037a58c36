using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace VaeToolkit.Training;

/// <summary>
/// One finished epoch, in numbers only. Losses and terms are averages over items, in the objective's unit (nats per item).
/// </summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Steps">Optimiser steps that the objective has taken by the end of the epoch.</param>
/// <param name="TrainLoss">The training loss, averaged over the epoch while the parameters moved.</param>
/// <param name="ValidationLoss">The validation loss after the epoch, or null without validation data.</param>
/// <param name="Terms">The objective's terms, averaged like <paramref name="TrainLoss"/>.</param>
/// <param name="ValidationTerms">The terms on the validation data, or null without.</param>
/// <param name="Seconds">Wall-clock time of the epoch, validation included.</param>
/// <param name="LearningRate">The learning rate that the epoch was trained with, of the optimiser's first group.</param>
public sealed record EpochSummary(
    int Epoch,
    long Steps,
    double TrainLoss,
    double? ValidationLoss,
    IReadOnlyDictionary<string, double> Terms,
    IReadOnlyDictionary<string, double>? ValidationTerms,
    double Seconds,
    double LearningRate)
{
    // A rank that works so much longer than the others is named.
    private const double SlowShare = 1.25;

    /// <summary>
    /// Whether it began before the end of the objective's warm-up (<see cref="Objective{TModel}.WarmUpPlan"/>). Such an epoch
    /// is not compared: it is the best only while there is no other, and neither patience nor a plateau counts it.
    /// </summary>
    public bool IsWarmUp { get; init; }

    /// <summary>
    /// Seconds that each rank worked in the epoch, without waiting for the others, in the order of ranks; null where one process trained
    /// alone. All wait for the slowest.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? RankSeconds { get; init; }

    /// <summary>The loss by which epochs are compared: the validation loss, or the training loss without validation data.</summary>
    internal double ComparedLoss => ValidationLoss ?? TrainLoss;

    /// <summary>One line, such as <c>epoch 3: train 101.32, validation 99.87, reconstruction 80.11, kl 21.21 (4.1 s)</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"epoch {Epoch}: {Describe()}");

    /// <summary>The same without the epoch.</summary>
    internal string Describe()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"train {TrainLoss:F2}");
        if (ValidationLoss is { } validation)
            text.Append(CultureInfo.InvariantCulture, $", validation {validation:F2}");
        foreach (var (name, value) in Terms)
            text.Append(CultureInfo.InvariantCulture, $", {name} {value:F2}");
        return text.Append(CultureInfo.InvariantCulture, $" ({Seconds:F1} s{SlowRank()})").ToString();
    }

    private string SlowRank()
    {
        if (RankSeconds is not { Count: > 1 } seconds)
            return "";
        var slowest = Enumerable.Range(0, seconds.Count).MaxBy(rank => seconds[rank]);
        var others = seconds.Where((_, rank) => rank != slowest).Average();
        return seconds[slowest] <= SlowShare * others ? "" : FormattableString.Invariant(
            $"; rank {slowest} is slow: it worked {seconds[slowest]:F1} s, the others {others:F1} s");
    }
}
