namespace VaeToolkit.WeightPriors;

/// <summary>How <see cref="SourceTraining.Run"/> trains its networks.</summary>
public sealed record SourceTrainingOptions
{
    /// <summary>M, networks, at least 1. Default 6.</summary>
    public int Networks { get; init; } = 6;

    /// <summary>Cycles at the start of each network's training of which no snapshot is kept, at least 0. Default 0.</summary>
    public int DiscardFirstCycles { get; init; }

    /// <summary>How each network is trained; network m has the seed of these plus m. Default 300 steps in 3 cycles.</summary>
    public SegmentationTrainingOptions Training { get; init; } = new() { Steps = 300, Cycles = 3 };

    /// <summary>The loss; default <see cref="SegmentationLoss.DiceBce"/>.</summary>
    public SegmentationLoss Loss { get; init; } = SegmentationLoss.DiceBce();

    internal SourceTrainingOptions Validated()
    {
        Shape.RequirePositive(Networks, "Networks", nameof(Networks));
        ArgumentNullException.ThrowIfNull(Training);
        ArgumentNullException.ThrowIfNull(Loss);
        Training.Validated();
        return DiscardFirstCycles >= 0 && DiscardFirstCycles < Training.Cycles
            ? this
            : throw new ArgumentOutOfRangeException(nameof(DiscardFirstCycles), DiscardFirstCycles,
                $"with {Training.Cycles} cycles, DiscardFirstCycles must be 0 to {Training.Cycles - 1}");
    }
}
