namespace VaeToolkit.DeepSurvival;

/// <summary>A number estimated from draws.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="StandardError">Its Monte Carlo standard error, √(Σ w² g²) with g each draw's influence.
/// It says nothing about how well the model fits.</param>
public readonly record struct Estimate(double Value, double StandardError)
{
    /// <summary>Value ± standard error.</summary>
    public override string ToString() => FormattableString.Invariant($"{Value:G4} ± {StandardError:G2}");
}
