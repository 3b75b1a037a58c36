using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Survival;

/// <summary>
/// Newton's method with halving for a concave log-likelihood. It tells a likelihood without a maximum from one with: the steps do not
/// become small where the likelihood grows without end, however flat it has become.
/// </summary>
/// <param name="evaluate">The log-likelihood; its value may be NaN or minus infinity where the point is outside of the domain.</param>
/// <param name="names">The names of the parameters, for messages.</param>
/// <param name="limits">The size at which each parameter counts as infinite.</param>
/// <param name="maxIterations">The most steps.</param>
/// <param name="roundings">The information at the start up to which a parameter has none but for rounding; null for 0.</param>
internal sealed class NewtonMaximiser(
    Func<Vector<double>, LikelihoodPoint> evaluate, IReadOnlyList<string> names, IReadOnlyList<double> limits, int maxIterations,
    IReadOnlyList<double>? roundings = null)
{
    private const double ValueTolerance = 1e-9;
    private const double StepTolerance = 1e-7;
    private const double SmallestEigenvalue = 1e-10;
    private const int MostHalvings = 50;

    /// <summary>The maximum, from a start at which the value is finite.</summary>
    /// <exception cref="ArgumentException">The information is singular at the start: a parameter is a combination of others.</exception>
    /// <exception cref="MonotoneLikelihoodException">There is no maximum.</exception>
    /// <exception cref="InvalidOperationException">The steps were not enough.</exception>
    internal Maximum Run(Vector<double> start)
    {
        var (at, first) = (start, evaluate(start));
        var scale = first.Information.Diagonal().PointwiseSqrt();
        RequireDetermined(first, scale);
        var point = first;
        for (var iteration = 1; iteration <= maxIterations; iteration++)
        {
            var step = Step(point, scale, at);
            var (next, nextPoint) = Climb(at, step, point.Value);
            var gain = nextPoint.Value - point.Value;
            (at, point) = (next, nextPoint);
            RequireBounded(at);
            if (Math.Abs(gain) <= ValueTolerance * (1 + Math.Abs(point.Value)) && step.AbsoluteMaximum() < StepTolerance)
                return new(at, point, first, iteration);
        }
        throw new InvalidOperationException($"The likelihood did not converge in {maxIterations} iterations.");
    }

    private (Vector<double> At, LikelihoodPoint Point) Climb(Vector<double> at, Vector<double> step, double value)
    {
        // A step at the maximum moves the value by rounding errors only, in either direction.
        var lowest = value - 1e-12 * (1 + Math.Abs(value));
        for (var halving = 0; halving < MostHalvings; halving++)
        {
            var next = at + step * Math.Pow(0.5, halving);
            var point = evaluate(next);
            if (point.Value >= lowest && point.Gradient.ForAll(double.IsFinite) && point.Information.ForAll(double.IsFinite))
                return (next, point);
        }
        throw new InvalidOperationException(
            "The likelihood does not grow along Newton's step; are the covariates finite and of sensible size?");
    }

    /// <summary>The Newton step, from the eigenvectors of the information on the scale of the start's.</summary>
    private Vector<double> Step(LikelihoodPoint point, Vector<double> scale, Vector<double> at)
    {
        var spectrum = Scaled(point.Information, scale).Evd(Symmetricity.Symmetric);
        var worst = spectrum.EigenValues.Real().MinimumIndex();
        if (!(spectrum.EigenValues[worst].Real > SmallestEigenvalue))
        {
            // A parameter without a limit, such as an intercept, only goes along with one that has one.
            var parameter = spectrum.EigenVectors.Column(worst)
                .MapIndexed((i, part) => double.IsFinite(limits[i]) ? part : 0).AbsoluteMaximumIndex();
            throw new MonotoneLikelihoodException(names[parameter], at[parameter]);
        }
        var rotated = spectrum.EigenVectors.TransposeThisAndMultiply(point.Gradient.PointwiseDivide(scale));
        return (spectrum.EigenVectors * rotated.PointwiseDivide(spectrum.EigenValues.Real())).PointwiseDivide(scale);
    }

    private void RequireDetermined(LikelihoodPoint start, Vector<double> scale)
    {
        var lost = start.Information.Diagonal().ToArray().Index().FirstOrDefault(
            entry => !(entry.Item > (roundings?[entry.Index] ?? 0)), (-1, 0)).Index;
        if (lost >= 0)
            throw new ArgumentException($"Covariate '{names[lost]}' does not vary among the patients at risk at any event; leave it out.");
        var spectrum = Scaled(start.Information, scale).Evd(Symmetricity.Symmetric);
        var worst = spectrum.EigenValues.Real().MinimumIndex();
        if (spectrum.EigenValues[worst].Real > SmallestEigenvalue)
            return;
        var tied = spectrum.EigenVectors.Column(worst).EnumerateIndexed()
            .Where(entry => Math.Abs(entry.Item2) > 1e-4).Select(entry => $"'{names[entry.Item1]}'");
        throw new ArgumentException(
            $"The information is singular: {string.Join(", ", tied)} determine one another; leave one of them out.");
    }

    private void RequireBounded(Vector<double> at)
    {
        for (var i = 0; i < at.Count; i++)
            if (Math.Abs(at[i]) > limits[i])
                throw new MonotoneLikelihoodException(names[i], at[i]);
    }

    private static Matrix<double> Scaled(Matrix<double> information, Vector<double> scale)
        => information.PointwiseDivide(scale.OuterProduct(scale));

    /// <summary>Where the maximum is, what is there, what was at the start, and how many steps it took.</summary>
    internal sealed record Maximum(Vector<double> At, LikelihoodPoint Point, LikelihoodPoint Start, int Iterations);
}
