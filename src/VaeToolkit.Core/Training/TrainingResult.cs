using System.Globalization;

namespace VaeToolkit.Training;

/// <summary>What training came to, in numbers only.</summary>
public sealed record TrainingResult
{
    private readonly EpochSummary? _best;

    internal TrainingResult(IReadOnlyList<EpochSummary> history, EpochSummary? best, StopReason reason)
    {
        History = history;
        _best = best;
        Reason = reason;
    }

    /// <summary>The finished epochs in order, those of a resumed run's earlier parts included.</summary>
    public IReadOnlyList<EpochSummary> History { get; }

    /// <summary>
    /// The epoch with the lowest validation loss (training loss without validation data). With a
    /// <see cref="TrainingOptions.MinimumDelta"/> above 0 an epoch is better only when it is lower by more than that. Epochs before the
    /// end of the objective's warm-up do not count; where there are no others it is the last.
    /// </summary>
    /// <exception cref="InvalidOperationException">Training was cancelled before the first epoch ended.</exception>
    public EpochSummary Best => _best ?? throw new InvalidOperationException("No epoch was finished, so none is the best.");

    /// <summary>Why training ended.</summary>
    public StopReason Reason { get; }

    /// <summary>One line, such as <c>Completed after 20 epochs; best epoch 18: train 101.32, ...</c>.</summary>
    public override string ToString()
    {
        var epochs = History.Count == 1 ? "1 epoch" : History.Count.ToString(CultureInfo.InvariantCulture) + " epochs";
        return _best is null ? $"{Reason} after {epochs}" : $"{Reason} after {epochs}; best {_best}";
    }
}
