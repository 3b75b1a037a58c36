using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

/// <summary>Options of <see cref="Evaluate.AnnealedImportanceSampling"/>.</summary>
public sealed record AisOptions
{
    private const double SigmoidReach = 4;

    /// <summary>Chains an item, at least 1; default 16.</summary>
    public int Chains { get; init; } = 16;

    /// <summary>
    /// T, steps from the prior to the posterior, at least 1; default 500. The bound tightens as it grows, and the time grows with it.
    /// </summary>
    public int Temperatures { get; init; } = 500;

    /// <summary>How the steps are spread; default <see cref="AnnealingSchedule.Sigmoid"/>.</summary>
    public AnnealingSchedule Schedule { get; init; } = AnnealingSchedule.Sigmoid;

    /// <summary>Leapfrog steps of one Hamiltonian proposal, at least 1; default 10.</summary>
    public int LeapfrogSteps { get; init; } = 10;

    /// <summary>The step size that the pilot chains begin with, above 0; default 0.1.</summary>
    public double InitialStepSize { get; init; } = 0.1;

    /// <summary>The share of proposals that the step sizes are adapted to accept, in (0, 1); default 0.65.</summary>
    public double TargetAcceptance { get; init; } = 0.65;

    /// <summary>
    /// Chains an item of the pilot run, at least 1; default 4. They find each item's step size at every temperature and are then dropped:
    /// step sizes that depended on the counted chains' own past would make their weights biased.
    /// </summary>
    public int PilotChains { get; init; } = 4;

    /// <summary>
    /// Items whose chains run together, at least 1; default 20. It bounds memory and does not change the estimate's meaning.
    /// </summary>
    public int BatchSize { get; init; } = 20;

    /// <summary>Whether the estimate keeps every item's own value, see <see cref="LikelihoodEstimate.PerItem"/>; default false.</summary>
    public bool KeepPerItem { get; init; }

    /// <summary>The evaluation's own seed; default 0. The caller's random numbers are left as they were.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The ranks that divide the work, which all make the same call and get the same estimate, one process's; default null: this process
    /// alone.
    /// </summary>
    public IExchange? Exchange { get; init; }

    /// <summary>β_0 = 0 to β_T = 1, ascending.</summary>
    internal double[] Betas()
    {
        var raw = Enumerable.Range(0, Temperatures + 1).Select(t => Place((double)t / Temperatures)).ToArray();
        return [.. raw.Select(value => (value - raw[0]) / (raw[^1] - raw[0]))];
    }

    internal AisOptions Validated()
    {
        Shape.RequirePositive(Chains, "Chains", nameof(Chains));
        Shape.RequirePositive(Temperatures, "Temperatures (T)", nameof(Temperatures));
        Shape.RequirePositive(LeapfrogSteps, "LeapfrogSteps", nameof(LeapfrogSteps));
        Shape.RequirePositive(PilotChains, "PilotChains", nameof(PilotChains));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        OptionRange.Require(Enum.IsDefined(Schedule), nameof(Schedule), Schedule, "not an annealing schedule");
        OptionRange.Require(InitialStepSize > 0 && double.IsFinite(InitialStepSize), nameof(InitialStepSize), InitialStepSize,
            "InitialStepSize must be a positive number");
        OptionRange.Require(
            TargetAcceptance is > 0 and < 1, nameof(TargetAcceptance), TargetAcceptance, "TargetAcceptance must be in (0, 1)");
        return this;
    }

    private double Place(double share)
        => Schedule == AnnealingSchedule.Linear ? share : 1 / (1 + Math.Exp(-SigmoidReach * (2 * share - 1)));
}
