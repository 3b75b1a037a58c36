using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace VaeToolkit.Training;

/// <summary>
/// What <see cref="Trainer.Fit"/> tells .NET's diagnostics, and with them OpenTelemetry and <c>dotnet-counters</c>: docs/training.md has
/// the names. Where nobody listens, a step costs a test of one flag.
/// </summary>
internal static class Telemetry
{
    private const string Name = "VaeToolkit";
    private static readonly ActivitySource s_activities = new(Name);
    private static readonly Meter s_meter = new(Name);
    private static readonly Counter<long> s_steps = s_meter.CreateCounter<long>("vaetoolkit.training.steps", "{step}", "Training steps.");
    private static readonly Counter<long> s_items = s_meter.CreateCounter<long>(
        "vaetoolkit.training.items", "{item}", "Items of all steps.");
    private static readonly Gauge<double> s_loss = s_meter.CreateGauge<double>(
        "vaetoolkit.training.loss", "nat", "Loss of the latest step.");
    private static readonly Gauge<double> s_rate = s_meter.CreateGauge<double>(
        "vaetoolkit.training.items_per_second", "{item}/s", "Items a second in the latest epoch, validation included.");

    private static readonly Counter<long> s_checkpoints = s_meter.CreateCounter<long>(
        "vaetoolkit.training.checkpoints", "{checkpoint}", "Checkpoints written.");

    /// <summary>An activity for a whole training, null where nobody listens.</summary>
    internal static Activity? Training(string objective, TrainingOptions options)
        => s_activities.StartActivity("vaetoolkit.train")?.SetTag("objective", objective).SetTag("epochs", options.Epochs)
            .SetTag("batch_size", options.BatchSize).SetTag("seed", options.Seed);

    /// <summary>An activity for an epoch, from 1; null where nobody listens.</summary>
    internal static Activity? Epoch(int epoch) => s_activities.StartActivity("vaetoolkit.epoch")?.SetTag("epoch", epoch);

    internal static void StepEnded(string objective, double loss, long items)
    {
        if (!s_steps.Enabled && !s_items.Enabled && !s_loss.Enabled)
            return;
        var tag = new KeyValuePair<string, object?>("objective", objective);
        s_steps.Add(1, tag);
        s_items.Add(items, tag);
        s_loss.Record(loss, tag);
    }

    internal static void EpochEnded(string objective, long items, double seconds)
        => s_rate.Record(items / Math.Max(seconds, 1e-9), new KeyValuePair<string, object?>("objective", objective));

    internal static void CheckpointSaved(string objective)
        => s_checkpoints.Add(1, new KeyValuePair<string, object?>("objective", objective));
}
