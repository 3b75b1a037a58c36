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
}
