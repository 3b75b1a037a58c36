using System.Globalization;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>How <see cref="ContinualTrainer"/> trains every task and evaluates after it.</summary>
public sealed record ContinualOptions
{
    /// <summary>Epochs a task, at least 1; default 36.</summary>
    public int Epochs { get; init; } = 36;

    /// <summary>
    /// Epochs of the first task, at least 1 and <see cref="AveragedEpochs"/>: its networks start from random weights, those of later tasks
    /// from what was learned. Default null: as many as of the others.
    /// </summary>
    public int? FirstTaskEpochs { get; init; }

    /// <summary>Items a batch, at least 1; default 100.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>What becomes of an epoch's last batch when it is smaller; default <see cref="LastBatch.Keep"/>.</summary>
    public LastBatch LastBatch { get; init; }

    /// <summary>Adam's learning rate, above 0; default 5 · 10⁻⁴. Every task has a fresh optimiser.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>
    /// Epochs over which the divergence's weight rises to one, in every task anew, at least 1 and at most <see cref="Epochs"/>; default 12.
    /// They do not count where epochs are compared.
    /// </summary>
    public int WarmUpEpochs { get; init; } = 12;

    /// <summary>
    /// Ends a task after this many epochs without a better validation loss (without validation: training loss), counted over the epochs
    /// after the warm-up; at least 1. Default null: never.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>
    /// Keeps the mean of the parameters after each of the last so many epochs of a task, in place of the best epoch's (Izmailov et
    /// al. 2018): noise of steps evens out, which allows a higher rate and fewer epochs. Default 0: the best epoch's. It goes with no
    /// <see cref="Patience"/>, since the last epoch must be known, and with no epoch before the warm-up's last.
    /// </summary>
    public int AveragedEpochs { get; init; }

    /// <summary>The seed, set again for every task so that a task can be repeated alone; default 14.</summary>
    public long Seed { get; init; } = 14;

    /// <summary>
    /// How the likelihood of test items is estimated. Compare at equal samples only: forgotten classes' estimates fall longest.
    /// Default 200 samples.
    /// </summary>
    public ImportanceOptions Likelihood { get; init; } = new() { Samples = 200, Seed = 99 };

    /// <summary>Where finished tasks are saved: a folder a task and <c>continual.json</c>; default null: nowhere.</summary>
    public string? Folder { get; init; }

    /// <summary>
    /// Whether to go on after the tasks that <see cref="Folder"/> holds, if it holds some, instead of starting anew. Default false.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>What decides the figures, in words.</summary>
    internal string Settings => string.Create(
        CultureInfo.InvariantCulture,
        $"{Epochs} epochs{(FirstTaskEpochs is { } first ? FormattableString.Invariant($" ({first} of the first task)") : "")} "
        + $"of batches of {BatchSize}{(LastBatch == LastBatch.Keep ? "" : $" ({LastBatch} of the last)")}, "
        + $"warm-up {WarmUpEpochs}, learning rate {LearningRate}, patience {Patience?.ToString() ?? "none"}"
        + $"{(AveragedEpochs > 0 ? FormattableString.Invariant($", mean of the last {AveragedEpochs} epochs") : "")}, seed "
        + $"{Seed}, {Likelihood.Samples} importance samples of seed {Likelihood.Seed}");

    /// <summary>The same for one task, numbered from 0.</summary>
    internal ContinualOptions OfTask(int number) => number == 0 && FirstTaskEpochs is { } epochs ? this with { Epochs = epochs } : this;

    internal ContinualOptions Validated()
    {
        Shape.RequirePositive(Epochs, "Epochs", nameof(Epochs));
        Shape.RequirePositive(FirstTaskEpochs ?? 1, "FirstTaskEpochs", nameof(FirstTaskEpochs));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        OptionRange.Require(Enum.IsDefined(LastBatch), nameof(LastBatch), LastBatch, "LastBatch must be Keep, Drop or Merge");
        OptionRange.Require(
            LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "LearningRate must be a number above 0");
        Shape.RequirePositive(WarmUpEpochs, "WarmUpEpochs", nameof(WarmUpEpochs));
        Shape.RequirePositive(Patience ?? 1, "Patience", nameof(Patience));
        OptionRange.Require(AveragedEpochs >= 0 && AveragedEpochs <= Epochs, nameof(AveragedEpochs), AveragedEpochs,
            FormattableString.Invariant($"AveragedEpochs must be between 0 and Epochs, {Epochs}"));
        OptionRange.Require(
            AveragedEpochs <= (FirstTaskEpochs ?? Epochs), nameof(AveragedEpochs), AveragedEpochs,
            FormattableString.Invariant($"AveragedEpochs must be at most FirstTaskEpochs, {FirstTaskEpochs}"));
        OptionRange.Require(AveragedEpochs == 0 || Patience is null, nameof(AveragedEpochs), AveragedEpochs,
            "AveragedEpochs does not go with Patience; leave one of them out");
        ArgumentNullException.ThrowIfNull(Likelihood);
        Likelihood.Validated();
        OptionRange.Require(Folder is null || !string.IsNullOrWhiteSpace(Folder), nameof(Folder), Folder!,
            "Folder must name a folder, or be null for none");
        OptionRange.Require(!Resume || Folder is not null, nameof(Resume), Resume, "Resume needs a Folder to go on from");
        return this;
    }
}
