using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Cosine cycles with warm restarts: with T steps in C cycles of L = ⌈T/C⌉, the rate of step t is ½ r (1 + cos(π (t mod L) / L)), at
/// least 1 % of r (Loshchilov &amp; Hutter 2017, eq. 5; Huang et al. 2017, eq. 2). One cycle is plain cosine annealing.
/// </summary>
public sealed class CyclicalLearningRate
{
    private const double Floor = 0.01;

    /// <summary>Makes the schedule.</summary>
    /// <param name="steps">T, at least 1.</param>
    /// <param name="cycles">C, at least 1.</param>
    /// <param name="highest">r, the rate at the start of each cycle, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">Cycles of ⌈T/C⌉ steps make another number of cycles than C.</exception>
    public CyclicalLearningRate(int steps, int cycles, double highest)
    {
        Shape.RequirePositive(steps, "the number of steps", nameof(steps));
        Shape.RequirePositive(cycles, "the number of cycles", nameof(cycles));
        if (!(highest > 0 && double.IsFinite(highest)))
            throw new ArgumentOutOfRangeException(nameof(highest), highest, "the highest rate must be a finite number above 0");
        CycleLength = (steps + cycles - 1) / cycles;
        var found = (steps + CycleLength - 1) / CycleLength;
        if (found != cycles)
            throw new ArgumentException(
                $"{steps} steps in cycles of {CycleLength} are {found} cycles, not {cycles}; use a multiple of {cycles}", nameof(steps));
        (Steps, Cycles, Highest) = (steps, cycles, highest);
    }

    /// <summary>T.</summary>
    public int Steps { get; }

    /// <summary>C.</summary>
    public int Cycles { get; }

    /// <summary>L = ⌈T/C⌉; the last cycle may be shorter.</summary>
    public int CycleLength { get; }

    /// <summary>r.</summary>
    public double Highest { get; }

    /// <summary>The rate of a step.</summary>
    /// <param name="step">t, from 0 to T − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is not a step of this schedule.</exception>
    public double At(int step) => Highest * FactorAt(step);

    /// <summary>Whether a step is the last of its cycle.</summary>
    /// <param name="step">t, from 0 to T − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is not a step of this schedule.</exception>
    public bool EndsCycle(int step) => Required(step) == Steps - 1 || (step + 1) % CycleLength == 0;

    /// <summary>Steps, cycles and the highest rate.</summary>
    public override string ToString() => FormattableString.Invariant($"{Steps} steps in {Cycles} cycles, rate {Highest}");

    /// <summary>Sets a step's rate: every parameter group has its own initial rate times what this schedule's is of its highest.</summary>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="step">t, from 0 to T − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is not a step of this schedule.</exception>
    public void Apply(torch.optim.Optimizer optimizer, int step)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = group.InitialLearningRate * FactorAt(step);
    }

    private double FactorAt(int step)
        => Math.Max(Floor, 0.5 * (1 + Math.Cos(Math.PI * (Required(step) % CycleLength) / CycleLength)));

    private int Required(int step) => step >= 0 && step < Steps
        ? step
        : throw new ArgumentOutOfRangeException(nameof(step), step, $"the schedule's steps are 0 to {Steps - 1}");
}
