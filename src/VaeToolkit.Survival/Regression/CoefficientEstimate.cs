using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace VaeToolkit.Survival;

/// <summary>An estimated coefficient as a table has it, with tests and intervals by the normal distribution.</summary>
/// <param name="Name">The column, or what else was estimated.</param>
/// <param name="Coefficient">The estimate b.</param>
/// <param name="StandardError">Its standard error.</param>
/// <param name="Level">The coverage of the intervals, above 0 and below 1.</param>
public sealed record CoefficientEstimate(string Name, double Coefficient, double StandardError, double Level = 0.95)
{
    /// <summary>e^b: a hazard ratio in a Cox model, a ratio of times in a Weibull regression.</summary>
    public double Ratio => Math.Exp(Coefficient);

    /// <summary>z = b over its standard error.</summary>
    public double Z => Coefficient / StandardError;

    /// <summary>The probability of a z at least as far from 0 where the coefficient is 0.</summary>
    public double PValue => SpecialFunctions.Erfc(Math.Abs(Z) / Math.Sqrt(2));

    /// <summary>The interval's lower end.</summary>
    public double Lower => Coefficient - Width;

    /// <summary>The interval's upper end.</summary>
    public double Upper => Coefficient + Width;

    /// <summary>The lower end of the ratio's interval.</summary>
    public double RatioLower => Math.Exp(Lower);

    /// <summary>The upper end of the ratio's interval.</summary>
    public double RatioUpper => Math.Exp(Upper);

    private double Width => Normal.InvCDF(0, 1, (1 + Level) / 2) * StandardError;

    /// <summary>The estimate, its error and its interval in one line.</summary>
    public override string ToString()
        => FormattableString.Invariant(
            $"{Name}: {Coefficient:G4} ± {StandardError:G3}, e^b {Ratio:G4} ({RatioLower:G4} to {RatioUpper:G4}), p {PValue:G3}");

    /// <exception cref="ArgumentOutOfRangeException">The level is not between 0 and 1.</exception>
    internal static double RequireLevel(double level)
        => level > 0 && level < 1 ? level
            : throw new ArgumentOutOfRangeException(nameof(level), level, "A level must be above 0 and below 1.");
}
