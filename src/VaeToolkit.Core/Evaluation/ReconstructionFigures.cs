using System.Globalization;

namespace VaeToolkit.Evaluation;

/// <summary>How well one way of coding items reconstructs them: means over items, with standard errors over items.</summary>
/// <param name="SquaredError">‖x − E[x|z]‖² of an item, summed over its D values.</param>
/// <param name="SquaredErrorStandardError">Its standard error; NaN for a single item.</param>
/// <param name="NegativeLogLikelihood">−log p(x|z) of an item, in nats.</param>
/// <param name="NegativeLogLikelihoodStandardError">Its standard error in nats; NaN for a single item.</param>
/// <param name="Dimensions">D, values in an item.</param>
public sealed record ReconstructionFigures(
    double SquaredError, double SquaredErrorStandardError, double NegativeLogLikelihood,
    double NegativeLogLikelihoodStandardError, long Dimensions)
{
    /// <summary>The squared error of one value: <see cref="SquaredError"/> / D.</summary>
    public double SquaredErrorPerValue => SquaredError / Dimensions;

    /// <summary>The figures in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"squared error {SquaredError:F3} ± {SquaredErrorStandardError:F3} an item ({SquaredErrorPerValue:G4} a value), −log "
        + $"p(x|z) {NegativeLogLikelihood:F3} ± {NegativeLogLikelihoodStandardError:F3} nats");
}
