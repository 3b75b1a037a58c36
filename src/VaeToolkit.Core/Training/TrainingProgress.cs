using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;

namespace VaeToolkit.Training;

/// <summary>Where a training run stands: numbers only, so that it may be kept and shown on another thread.</summary>
public readonly record struct TrainingProgress
{
    /// <summary>The epoch under way, or just finished, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs that the run may take.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps done in this epoch.</summary>
    public required long Step { get; init; }

    /// <summary>Steps that an epoch takes.</summary>
    public required long StepsPerEpoch { get; init; }

    /// <summary>Steps a second since the epoch began.</summary>
    public required double StepsPerSecond { get; init; }

    /// <summary>The last step's loss.</summary>
    public required double Loss { get; init; }

    /// <summary>The last step's terms by name, in the objective's order.</summary>
    public required IReadOnlyDictionary<string, double> Terms { get; init; }

    /// <summary>The epoch's summary when it has just finished, else null.</summary>
    public EpochSummary? Finished { get; init; }

    /// <summary>Why the run ended, in its last report; null before.</summary>
    public StopReason? Stopped { get; init; }

    /// <summary>Time left at the present rate if all epochs are run; null while the rate is unknown.</summary>
    public TimeSpan? Remaining
    {
        get
        {
            var steps = ((Epochs - Epoch) * (double)StepsPerEpoch) + (StepsPerEpoch - Step);
            var seconds = steps / StepsPerSecond;
            return StepsPerSecond > 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
        }
    }

    /// <summary>
    /// One line, such as <c>epoch 3/20, step 5/600: 210 steps/s, 1:05 left, loss 101.23, kl 20.10</c>; behind the last report's stands why
    /// the run ended.
    /// </summary>
    public override string ToString()
        => FormattableString.Invariant($"epoch {Epoch}/{Epochs}, step {Step}/{StepsPerEpoch}: {Figures()}")
            + (Stopped is { } reason ? $", {reason}" : "");

    /// <summary>Rate, time left, the loss and its terms.</summary>
    internal string Figures()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{StepsPerSecond:F0} steps/s");
        if (Stopped is null && Remaining is { } left)
            text.Append(CultureInfo.InvariantCulture, $", {(long)left.TotalMinutes}:{left.Seconds:00} left");
        text.Append(CultureInfo.InvariantCulture, $", loss {Loss:F2}");
        foreach (var (name, number) in Terms ?? ReadOnlyDictionary<string, double>.Empty)
            text.Append(CultureInfo.InvariantCulture, $", {name} {number:F2}");
        return text.ToString();
    }
}
