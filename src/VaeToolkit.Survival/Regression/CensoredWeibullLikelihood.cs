using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Survival;

/// <summary>
/// The log-likelihood of right-censored Weibull times in the parameters in which it is concave: with zᵢ = k ln(yᵢ/unit) - a₀ - xᵢa
/// = k ln(yᵢ/λᵢ), Σ dᵢ (ln k - ln yᵢ + zᵢ) - e^{zᵢ}. (It is not concave in the coefficients of ln λ and ln k, which are read
/// off at the end.)
/// </summary>
internal sealed class CensoredWeibullLikelihood
{
    private readonly double[] _logTimes;
    private readonly double[] _events;
    private readonly double _logUnit;
    private readonly double[] _rows;
    private readonly int _parameters;
    private readonly double? _shape;

    internal CensoredWeibullLikelihood(SurvivalTimes patients, DesignMatrix design, double logUnit, double? shape)
    {
        _logTimes = [.. patients.Times.ToArray().Select(time => Math.Log(time) - logUnit)];
        _events = [.. patients.Events.ToArray().Select(observed => observed ? 1.0 : 0)];
        (_logUnit, _shape) = (logUnit, shape);
        _parameters = design.Columns + (shape is null ? 2 : 1);
        _rows = Derivatives(design);
    }

    /// <summary>The log-likelihood at (a₀, a, k), or (a₀, a) where the shape is known; minus infinity where k is not
    /// positive.</summary>
    internal LikelihoodPoint At(Vector<double> at)
    {
        var shape = _shape ?? at[^1];
        var gradient = new double[_parameters];
        var information = new WeightedGram(_parameters);
        var value = shape > 0 ? 0 : double.NegativeInfinity;
        for (var i = 0; i < _logTimes.Length; i++)
        {
            var row = _rows.AsSpan(i * _parameters, _parameters);
            var exponent = Exponent(at, row, i);
            var hazard = Math.Exp(exponent);
            value += (_events[i] == 0 ? 0 : Math.Log(shape) - _logTimes[i] - _logUnit + exponent) - hazard;
            WeightedGram.AddScaled(gradient, _events[i] - hazard, row);
            information.Add(hazard, row);
        }
        var curvature = information.ToMatrix();
        if (_shape is null)
        {
            gradient[^1] += _events.Sum() / shape;
            curvature[_parameters - 1, _parameters - 1] += _events.Sum() / (shape * shape);
        }
        return new(value, Vector<double>.Build.Dense(gradient), curvature);
    }

    /// <summary>∂z/∂(a₀, a, k) of every patient, one after the other.</summary>
    private double[] Derivatives(DesignMatrix design)
    {
        var rows = new double[_logTimes.Length * _parameters];
        for (var i = 0; i < _logTimes.Length; i++)
        {
            var row = rows.AsSpan(i * _parameters, _parameters);
            row[0] = -1;
            WeightedGram.AddScaled(row.Slice(1, design.Columns), -1, design.Row(i));
            if (_shape is null)
                row[^1] = _logTimes[i];
        }
        return rows;
    }

    private double Exponent(Vector<double> at, ReadOnlySpan<double> row, int patient)
    {
        var exponent = _shape is { } shape ? shape * _logTimes[patient] : 0;
        for (var j = 0; j < row.Length; j++)
            exponent += at[j] * row[j];
        return exponent;
    }
}
