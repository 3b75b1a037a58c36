namespace VaeToolkit;

/// <summary>A linear warm-up of β from 0: after t of L steps or epochs it is β t / L, from then on β.</summary>
public sealed record BetaWarmUp
{
    private readonly bool _byStep;
    private readonly int _first;

    // The first step or epoch has the share first / L.
    private BetaWarmUp(long length, bool byStep, int first = 1)
    {
        if (length < 1)
            throw new ArgumentOutOfRangeException(nameof(length), length, "a warm-up takes at least one step or epoch");
        (Length, _byStep, _first) = (length, byStep, first);
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

    /// <summary>Whether it is over after so many steps and epochs.</summary>
    /// <param name="stepsTaken">Steps taken so far.</param>
    /// <param name="epochsFinished">Epochs finished so far.</param>
    public bool IsOver(long stepsTaken, int epochsFinished) => (_byStep ? stepsTaken : epochsFinished) >= Length;

    /// <summary>A rise over steps whose first step has 0 and not yet a share.</summary>
    internal static BetaWarmUp FromZero(long steps) => new(steps, byStep: true, first: 0);

    /// <summary>The factor in (0, 1] for the step that comes next.</summary>
    /// <param name="stepsTaken">Steps taken so far.</param>
    /// <param name="epochsFinished">Epochs finished so far.</param>
    public double Factor(long stepsTaken, int epochsFinished)
        => Math.Min(1.0, ((_byStep ? stepsTaken : epochsFinished) + (double)_first) / Length);

    /// <summary>How much of its unit a training has, such as <c>20 epochs</c>.</summary>
    internal string Reached(long steps, int epochs) => _byStep ? $"{steps} steps" : $"{epochs} epochs";

    /// <summary>The length and its unit.</summary>
    public override string ToString() => $"over {Length} {(_byStep ? "steps" : "epochs")}";
}
