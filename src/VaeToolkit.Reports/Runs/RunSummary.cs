using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>A run in one or two sentences, and its figures at a glance.</summary>
internal static class RunSummary
{
    /// <summary>What was trained on what, for how long, why it stopped, the best epoch, and whether to look at something.</summary>
    public static string Of(ReportContext context, IReadOnlyList<RunFinding> findings)
    {
        var run = context.Run;
        var model = context.Model switch { VaeToolkit.Vae => "A VAE", { } other => $"A {other.GetName()}", null => "A model" };
        var objective = run.Objective is { } name ? $" with {name}" : "";
        var look = findings.Count == 0 ? "" : " Look first at what stands below.";
        var time = Digits.Duration(run.Epochs.Sum(epoch => epoch.Seconds));
        return $"{model} was trained{objective}{Data(context)} for {Epochs(run)} in {time}; "
            + $"{Stop(run)}. The best epoch was {Digits.Of(run.Best.Epoch)}, with a {LossName(run)} of {Digits.Of(run.BestLoss)} "
            + $"nats per item.{look}";
    }

    public static IEnumerable<(string Name, string Value)> Facts(ReportContext context)
    {
        var run = context.Run;
        yield return ($"best {LossName(run)}, nats", Digits.Of(run.BestLoss));
        yield return ("best epoch", $"{Digits.Of(run.Best.Epoch)} of {Digits.Of(run.Epochs.Count)}");
        yield return ("time of an epoch", Digits.Duration(run.Epochs.Average(epoch => epoch.Seconds)));
        if (context.Latents is { Activity: var activity })
            yield return ("active latent features", $"{Digits.Of(activity.ActiveUnits)} of {Digits.Of(activity.MeanVariances.Count)}");
        if (context.Model is { } model)
            yield return ("parameters", Digits.Of(model.parameters().Sum(parameter => parameter.NumberOfElements)));
    }

    public static string LossName(RunRecord run) => run.Best.ValidationLoss is null ? "training loss" : "validation loss";

    /// <summary>Why a run ended, as the rest of a sentence about it.</summary>
    public static string Stop(RunRecord run) => run.Reason switch
    {
        StopReason.Completed => "all epochs were run",
        StopReason.EarlyStopped => "it stopped early, since the loss no longer improved",
        _ => "it was stopped before its last epoch, or is still running",
    };

    private static string Data(ReportContext context)
    {
        var items = RunFiles.Number(context.Run.Settings, "number of training items") is { } count
            ? $"{Digits.Of((long)count)} items" : null;
        return (items, context.Options.DataName) switch
        {
            (not null, { } name) => $" on {items} of {name}",
            (not null, null) => $" on {items}",
            (null, { } name) => $" on {name}",
            _ => "",
        };
    }

    private static string Epochs(RunRecord run) => run.Epochs.Count == 1 ? "1 epoch" : $"{Digits.Of(run.Epochs.Count)} epochs";
}
