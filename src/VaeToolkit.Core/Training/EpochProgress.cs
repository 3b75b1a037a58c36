using System.Diagnostics;

namespace VaeToolkit.Training;

/// <summary>Reports one epoch's progress a few times a second, and at its first step and its end in any case.</summary>
internal sealed class EpochProgress(IProgress<TrainingProgress>? target, int epoch, int epochs, long stepsPerEpoch)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.2);

    private readonly long start = Stopwatch.GetTimestamp();
    private long lastReport;
    private long steps;
    private StepResult last;

    public double Seconds => Stopwatch.GetElapsedTime(start).TotalSeconds;

    public void StepEnded(StepResult step)
    {
        last = step;
        steps++;
        if (target is null || (steps > 1 && Stopwatch.GetElapsedTime(lastReport) < Interval))
            return;
        lastReport = Stopwatch.GetTimestamp();
        target.Report(Now());
    }

    public void EpochEnded(EpochSummary summary) => target?.Report(Now() with { Finished = summary });

    private TrainingProgress Now() => new()
    {
        Epoch = epoch,
        Epochs = epochs,
        Step = steps,
        StepsPerEpoch = stepsPerEpoch,
        StepsPerSecond = steps / Math.Max(Seconds, 1e-9),
        Loss = last.Loss,
        Terms = last.Terms,
    };
}
