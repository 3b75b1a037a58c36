using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>Options of <see cref="InformationPlane.Trace"/>.</summary>
public sealed record InformationCurveOptions
{
    /// <summary>The grid of β, at least one, in the order in which it is gone through.</summary>
    public required IReadOnlyList<BetaWeight> Betas { get; init; }

    /// <summary>
    /// How every β is trained; <see cref="TrainingOptions.Epochs"/> are those of every β but the first. Checkpoints are not written.
    /// With <see cref="TrainingOptions.PreFlight"/> off, no trial batch is taken; targets outside of the likelihood's support are refused
    /// all the same.
    /// </summary>
    public TrainingOptions Training { get; init; } = new() { Epochs = 5, BatchSize = 256 };

    /// <summary>Epochs of the first β, which starts from scratch; at least 1; default 20.</summary>
    public int FirstEpochs { get; init; } = 20;

    /// <summary>Samples of z an item while training, at least 1; default 1.</summary>
    public int TrainingSamples { get; init; } = 1;

    /// <summary>How every point is measured.</summary>
    public InformationOptions Measurement { get; init; } = new();

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);

    internal void Validate()
    {
        if (Betas is null or { Count: 0 })
            throw new ArgumentException("the grid of β is empty; it needs at least one", nameof(Betas));
        if (Training.CheckpointDirectory is { } directory)
            throw new ArgumentException(
                $"Training.CheckpointDirectory is '{directory}', but every β would overwrite it; it must be null", nameof(Training));
        Shape.RequirePositive(FirstEpochs, "FirstEpochs", nameof(FirstEpochs));
        Shape.RequirePositive(TrainingSamples, "TrainingSamples", nameof(TrainingSamples));
        Measurement.Validated();
    }
}
