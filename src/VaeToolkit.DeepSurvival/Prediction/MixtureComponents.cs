using System.Numerics;
using MathNet.Numerics;
using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>The Weibull distributions p(y|t,z_l) of L draws, which patients may share.</summary>
internal sealed class MixtureComponents(double[] logScales, double[] shapes)
{
    // e^u beyond it is infinite in float64.
    private const double LargestExponent = 700;

    private (double Horizon, double[] Values)? _restrictedMeans;

    public int Count => shapes.Length;

    public WeibullDistribution this[int draw] => new(Math.Clamp(Math.Exp(logScales[draw]), double.Epsilon, double.MaxValue), shapes[draw]);

    /// <summary>S(y|t,z_l) of every draw.</summary>
    public double[] Survival(double logTime)
    {
        var values = new double[Count];
        var i = 0;
        for (; i <= Count - Vector<double>.Count; i += Vector<double>.Count)
            Vector.Exp(-Vector.Exp(Exponents(logTime, i))).CopyTo(values, i);
        for (; i < Count; i++)
            values[i] = Math.Exp(-Math.Exp(Exponent(logTime, i)));
        return values;
    }

    /// <summary>y f(y|t,z_l) of every draw.</summary>
    public double[] TimesDensity(double logTime)
    {
        var values = new double[Count];
        var i = 0;
        for (; i <= Count - Vector<double>.Count; i += Vector<double>.Count)
        {
            var exponents = Exponents(logTime, i);
            (new Vector<double>(shapes, i) * Vector.Exp(exponents - Vector.Exp(exponents))).CopyTo(values, i);
        }
        for (; i < Count; i++)
            values[i] = shapes[i] * Math.Exp(Exponent(logTime, i) - Math.Exp(Exponent(logTime, i)));
        return values;
    }

    /// <summary>1 − S(y|t,z_l) of every draw, exact also where it is small.</summary>
    public double[] Failure(double logTime)
        => [.. Enumerable.Range(0, Count).Select(i => -SpecialFunctions.Expm1(-Math.Exp(Exponent(logTime, i))))];

    /// <summary>
    /// S(y) and y f(y) of every draw over the survival of the draw that survives best, which a ratio of their sums does not feel.
    /// </summary>
    public (double[] Survival, double[] TimesDensity) OverLongest(double logTime, double[] weights)
    {
        var least = Enumerable.Range(0, Count).Where(i => weights[i] > 0).Min(i => Math.Exp(Exponent(logTime, i)));
        var survival = new double[Count];
        var density = new double[Count];
        for (var i = 0; i < Count; i++)
        {
            // A draw of no weight may survive better still, but says nothing.
            survival[i] = Math.Exp(Math.Min(0, least - Math.Exp(Exponent(logTime, i))));
            density[i] = survival[i] == 0 ? 0 : shapes[i] * Math.Exp(Exponent(logTime, i)) * survival[i];
        }
        return (survival, density);
    }

    /// <summary>Σ w S(y) and Σ w y f(y) in one pass.</summary>
    public (double Survival, double TimesDensity) Sums(double logTime, double[] weights)
    {
        var (survival, density) = (Vector<double>.Zero, Vector<double>.Zero);
        var i = 0;
        for (; i <= Count - Vector<double>.Count; i += Vector<double>.Count)
        {
            var (exponents, weight) = (Exponents(logTime, i), new Vector<double>(weights, i));
            var hazard = Vector.Exp(exponents);
            survival += weight * Vector.Exp(-hazard);
            density += weight * new Vector<double>(shapes, i) * Vector.Exp(exponents - hazard);
        }
        var (s, f) = (Vector.Sum(survival), Vector.Sum(density));
        for (; i < Count; i++)
        {
            var hazard = Math.Exp(Exponent(logTime, i));
            s += weights[i] * Math.Exp(-hazard);
            f += weights[i] * shapes[i] * Math.Exp(Exponent(logTime, i) - hazard);
        }
        return (s, f);
    }

    /// <summary>E[min(y, τ)|t,z_l] of every draw; kept for the next patient, who often shares them.</summary>
    public double[] RestrictedMeans(double horizon)
    {
        if (_restrictedMeans is { } kept && kept.Horizon == horizon)
            return kept.Values;
        var values = Each(weibull => weibull.RestrictedMean(horizon));
        _restrictedMeans = (horizon, values);
        return values;
    }

    public double[] Each(Func<WeibullDistribution, double> value)
    {
        var values = new double[Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(this[i]);
        return values;
    }

    /// <summary>The least and the greatest ln y at which a draw's −ln S is a given number: the mixture's lies between.</summary>
    public (double Least, double Most) LogQuantileRange(double hazard)
    {
        var (least, most, reach) = (double.PositiveInfinity, double.NegativeInfinity, Math.Log(hazard));
        for (var i = 0; i < Count; i++)
        {
            var at = logScales[i] + reach / shapes[i];
            (least, most) = (Math.Min(least, at), Math.Max(most, at));
        }
        return (least, most);
    }

    private Vector<double> Exponents(double logTime, int start)
        => Vector.Min(new Vector<double>(shapes, start) * (new Vector<double>(logTime) - new Vector<double>(logScales, start)),
            new Vector<double>(LargestExponent));

    private double Exponent(double logTime, int i) => Math.Min(shapes[i] * (logTime - logScales[i]), LargestExponent);
}
