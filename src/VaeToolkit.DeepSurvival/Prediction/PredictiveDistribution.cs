using MathNet.Numerics;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// p(y|t,x) of one patient under one combination of treatments: a mixture Σ_l w_l Weibull(y|t,z_l) over weighted draws (Beaulac et
/// al. 2018, eq. 16). Every number comes with its Monte Carlo standard error; the weights are normalised by their sum,
/// which makes a bias of order 1/L.
/// </summary>
public sealed class PredictiveDistribution
{
    private const int MostSteps = 200;
    private const double SmallestSurvival = 1e-290;

    // Below it 1 − p has fewer digits than p.
    private const double SmallProbability = 0.01;

    private readonly double[] _weights;
    private readonly MixtureComponents _components;

    internal PredictiveDistribution(double[] weights, MixtureComponents components) => (_weights, _components) = (weights, components);

    /// <summary>E[y]. Long tails make it uncertain; <see cref="RestrictedMean"/> is steadier.</summary>
    public Estimate Mean => Of(MeanFunctional());

    /// <summary>The time by which half of all events have happened: that of the mixture, not a mean of the draws' medians.</summary>
    public Estimate Median => Quantile(0.5);

    /// <summary>S(y|t,x).</summary>
    /// <param name="time">y, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is not positive and finite.</exception>
    public Estimate Survival(double time) => Of(SurvivalFunctional(time));

    /// <summary>f(y|t,x).</summary>
    /// <param name="time">y, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is not positive and finite.</exception>
    public Estimate Density(double time)
    {
        var densities = _components.TimesDensity(LogOf(time));
        return Of(Average(Array.ConvertAll(densities, value => value / time)));
    }

    /// <summary>f(y|t,x) / S(y|t,x).</summary>
    /// <param name="time">y, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is not positive and finite.</exception>
    public Estimate Hazard(double time)
    {
        var (survivals, densities) = (_components.Survival(LogOf(time)), _components.TimesDensity(LogOf(time)));
        // So late that rounding would decide.
        if (Dot(survivals) < SmallestSurvival)
            (survivals, densities) = _components.OverLongest(LogOf(time), _weights);
        var (density, survival) = (Dot(densities) / time, Dot(survivals));
        var hazard = density / survival;
        return Of(new(hazard, [.. densities.Select((value, i) => (value / time - hazard * survivals[i]) / survival)]));
    }

    /// <summary>The time y with P(event by y) = p.</summary>
    /// <param name="probability">p, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is out of range.</exception>
    public Estimate Quantile(double probability) => Of(QuantileFunctional(probability));

    /// <summary>E[min(y, τ)|t,x].</summary>
    /// <param name="horizon">τ, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="horizon"/> is not positive and finite.</exception>
    public Estimate RestrictedMean(double horizon) => Of(RestrictedMeanFunctional(horizon));

    /// <summary>The median and the mean with their standard errors.</summary>
    public override string ToString() => $"median {Median}, mean {Mean}, of {_weights.Length} draws";

    internal Estimate Of(Functional functional) => new(functional.Value, functional.StandardError(_weights));

    internal Functional MeanFunctional() => Average(_components.Each(weibull => weibull.Mean));

    internal Functional SurvivalFunctional(double time)
    {
        var values = _components.Survival(LogOf(time));
        return Average(values, DotProduct.OfProbabilities(_weights, values));
    }

    internal Functional RestrictedMeanFunctional(double horizon)
    {
        _ = LogOf(horizon);
        return Average(_components.RestrictedMeans(horizon));
    }

    internal Functional QuantileFunctional(double probability)
    {
        if (!(probability > 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability must be above 0 and below 1.");
        var logTime = LogQuantile(probability);
        var time = Math.Exp(logTime);
        var slope = time / _components.Sums(logTime, _weights).TimesDensity;
        return new(time, Array.ConvertAll(Excesses(logTime, probability), excess => -excess * slope));
    }

    private static double LogOf(double time)
    {
        if (!(time > 0 && double.IsFinite(time)))
            throw new ArgumentOutOfRangeException(nameof(time), time, "A time must be positive and finite.");
        return Math.Log(time);
    }

    private Functional Average(double[] values) => Average(values, Dot(values));

    private static Functional Average(double[] values, double mean) => new(mean, Array.ConvertAll(values, value => value - mean));

    private double Dot(double[] values) => DotProduct.Of(_weights, values);

    /// <summary>1 − S(y) − p of every draw.</summary>
    private double[] Excesses(double logTime, double probability)
        => probability < SmallProbability ? Array.ConvertAll(_components.Failure(logTime), value => value - probability)
            : Array.ConvertAll(_components.Survival(logTime), value => (1 - probability) - value);

    /// <summary>Newton's steps on ln y where they stay inside the bracket, else its middle.</summary>
    private double LogQuantile(double probability)
    {
        var (small, survival) = (probability < SmallProbability, 1 - probability);
        var (low, high) = _components.LogQuantileRange(small ? -SpecialFunctions.Log1p(-probability) : -Math.Log(survival));
        var at = 0.5 * (low + high);
        for (var step = 0; step < MostSteps && high - low > 1e-13 * Math.Max(1, Math.Abs(at)); step++)
        {
            var (value, slope) = _components.Sums(at, _weights);
            var missing = small ? probability - Dot(_components.Failure(at)) : value - survival;
            if (missing > 0)
                low = at;
            else
                high = at;
            var next = at + missing / slope;
            if (Math.Abs(next - at) < 1e-13)
                return next;
            at = next > low && next < high ? next : 0.5 * (low + high);
        }
        return at;
    }
}
