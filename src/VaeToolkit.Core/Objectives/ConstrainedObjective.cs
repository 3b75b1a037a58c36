using System.Globalization;

namespace VaeToolkit;

/// <summary>
/// An objective under constraints on the reconstruction, whose Lagrange multipliers move as GECO moves them (Rezende &amp; Viola 2018,
/// algorithm 1). Multipliers and moving averages are saved and restored with checkpoints.
/// </summary>
public abstract class ConstrainedObjective : Objective<Vae>
{
    private protected ConstrainedObjective(GecoOptions? options)
    {
        Options = options ?? new();
        Constraints = new(Options);
    }

    /// <summary>The options.</summary>
    public GecoOptions Options { get; }

    /// <summary>λ of the first constraint.</summary>
    public double Multiplier => Multipliers[0];

    /// <summary>λ of every constraint.</summary>
    public IReadOnlyList<double> Multipliers => Constraints.Multipliers;

    /// <summary>
    /// Whether the moving average of every constraint is at most the slack's share of its tolerance above zero;
    /// false before the first step.
    /// </summary>
    public bool IsSatisfied => Constraints.AreSatisfied;

    /// <summary>
    /// Names the tolerances that cannot be met, because λ has been at its limit for as many steps as the options say; else null.
    /// </summary>
    public string? Warning => Constraints.Warning;

    /// <summary>True: the multipliers move once the whole batch's constraint is known.</summary>
    public override bool IsMeanOverItems => true;

    /// <summary>True, unless a constraint is a function of the user's.</summary>
    public override bool IsBackpropagatedByTheLoop => Options.Constraints?.Any(constraint => constraint.IsCustom) != true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options);

    private protected ConstraintSet Constraints { get; }

    /// <inheritdoc/>
    public sealed override ObjectiveResult Compute(Vae model, Batch batch) => Compute(model, batch, validating: false);

    /// <summary>
    /// The Lagrangian at the present multipliers, with the batch's own constraint in place of the moving average of training.
    /// </summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public sealed override ObjectiveResult ComputeForValidation(Vae model, Batch batch) => Compute(model, batch, validating: true);

    /// <inheritdoc/>
    public override void AdvanceStep(IReadOnlyDictionary<string, double> terms)
    {
        Constraints.Advance(terms);
        base.AdvanceStep(terms);
    }

    /// <inheritdoc/>
    public override Dictionary<string, double> SaveState()
    {
        var state = base.SaveState();
        Constraints.Save(state);
        return state;
    }

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, double> state)
    {
        base.LoadState(state);
        Constraints.Load(state);
    }

    private protected abstract ObjectiveResult Compute(Vae model, Batch batch, bool validating);

    /// <summary>The constraints, their multipliers and the warning, if any.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{GetType().Name}: {string.Join(", ", Constraints.All)}; multipliers "
            + $"{string.Join(", ", Multipliers)}{(Warning is { } w ? $"; {w}" : "")}");
}
