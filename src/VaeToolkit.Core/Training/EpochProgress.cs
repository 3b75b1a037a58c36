using System.Diagnostics;

namespace VaeToolkit.Training;

/// <summary>Reports one epoch's progress a few times a second, and at its first step and its end in any case.</summary>
internal sealed class EpochProgress(IProgress<TrainingProgress>? target, int epoch, int epochs, long stepsPerEpoch)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.2);

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _lastReport;
    private long _steps;
    private StepResult _last;

    public double Seconds => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Counts a step; of several whose numbers were read together only the latest is reported.</summary>
    public void StepEnded(StepResult step, bool isLatest)
    {
        _last = step;
        _steps++;
        if (target is null || !isLatest || (_lastReport > 0 && Stopwatch.GetElapsedTime(_lastReport) < s_interval))
            return;
        _lastReport = Stopwatch.GetTimestamp();
        target.Report(Now());
    }

    public void EpochEnded(EpochSummary summary) => target?.Report(Now() with { Finished = summary });

    private TrainingProgress Now() => new()
    {
        Epoch = epoch,
        Epochs = epochs,
        Step = _steps,
        StepsPerEpoch = stepsPerEpoch,
        StepsPerSecond = _steps / Math.Max(Seconds, 1e-9),
        Loss = _last.Loss,
        Terms = _last.Terms,
    };
}
