namespace VaeToolkit.Objectives;

/// <summary>A linear warm-up of β from 0: after t of L steps or epochs it is β t / L, from then on β.</summary>
public sealed record BetaWarmUp
{
    private readonly bool _byStep;

    private BetaWarmUp(long length, bool byStep)
    {
        if (length < 1)
            throw new ArgumentOutOfRangeException(nameof(length), length, "a warm-up takes at least one step or epoch");
        (Length, _byStep) = (length, byStep);
    }

    /// <summary>L, in steps or epochs.</summary>
    public long Length { get; }

    /// <summary>A warm-up over optimiser steps; the first step has β / L.</summary>
    /// <param name="length">L, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is below 1.</exception>
    public static BetaWarmUp OverSteps(long length) => new(length, byStep: true);

    /// <summary>A warm-up over epochs; the first epoch has β / L.</summary>
    /// <param name="length">L, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is below 1.</exception>
    public static BetaWarmUp OverEpochs(long length) => new(length, byStep: false);

    /// <summary>The factor in (0, 1] for the step that comes next.</summary>
    /// <param name="stepsTaken">Steps taken so far.</param>
    /// <param name="epochsFinished">Epochs finished so far.</param>
    internal double Factor(long stepsTaken, int epochsFinished) => Math.Min(1.0, ((_byStep ? stepsTaken : epochsFinished) + 1.0) / Length);

    /// <summary>The length and its unit.</summary>
    public override string ToString() => $"over {Length} {(_byStep ? "steps" : "epochs")}";
}
