using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Survival;

/// <summary>
/// Cox's partial log-likelihood over standardised covariates. With eᵢ = wᵢ Λᵢ, the events expected of patient i up to the end of his
/// follow-up (wᵢ = e^{xᵢb}, Λᵢ the baseline hazard he has been under), its gradient is Σ (dᵢ - eᵢ) xᵢ and its information
/// Σ eᵢ xᵢ xᵢᵀ - Σ m mᵀ over the events, m the weighted mean covariates of their risk sets. So a pass costs O(N P²) whatever
/// the ties. Risks are relative to the greatest of each risk set: e^{xb} itself there may be no number for, nor for its square.
/// </summary>
internal sealed class PartialLikelihood
{
    private readonly RiskSets _sets;
    private readonly CoxTies _ties;
    private readonly int _columns;
    private readonly double[] _rows;
    private readonly bool[] _events;

    internal PartialLikelihood(DesignMatrix design, SurvivalTimes patients, RiskSets sets, CoxTies ties)
    {
        (_sets, _ties, _columns) = (sets, ties, design.Columns);
        _rows = design.Ordered(sets.Order);
        _events = [.. sets.Order.Select(patient => patients.Events[patient])];
    }

    /// <summary>The log-likelihood with its derivatives.</summary>
    internal LikelihoodPoint At(Vector<double> coefficients)
    {
        var predictors = Predictors(coefficients, out var eventPredictors);
        var greatest = Greatest(predictors);
        var sums = GroupSums(predictors, greatest, _ties);
        var expected = Expected(predictors, greatest, sums);
        var value = eventPredictors - sums.Select((sum, g) => sum.LogDenominators + _sets.Groups[g].Events * greatest[g]).Sum();
        return new(value, Gradient(expected), Information(predictors, greatest, expected, sums));
    }

    /// <summary>The events expected of each sorted patient.</summary>
    internal double[] ExpectedEvents(Vector<double> coefficients)
    {
        var predictors = Predictors(coefficients, out _);
        var greatest = Greatest(predictors);
        return Expected(predictors, greatest, GroupSums(predictors, greatest, _ties));
    }

    /// <summary>The jumps of the baseline hazard at the groups of ties, 0 where there is no event.</summary>
    internal double[] BaselineJumps(Vector<double> coefficients, CoxTies ties)
    {
        var predictors = Predictors(coefficients, out _);
        var greatest = Greatest(predictors);
        return [.. GroupSums(predictors, greatest, ties).Select((sum, g) => sum.Hazard > 0 ? sum.Hazard * Math.Exp(-greatest[g]) : 0)];
    }

    private ReadOnlySpan<double> Row(int position) => _rows.AsSpan(position * _columns, _columns);

    private double[] Predictors(Vector<double> coefficients, out double eventPredictors)
    {
        var predictors = new double[_events.Length];
        eventPredictors = 0;
        for (var i = 0; i < predictors.Length; i++)
        {
            var row = Row(i);
            for (var j = 0; j < row.Length; j++)
                predictors[i] += coefficients[j] * row[j];
            eventPredictors += _events[i] ? predictors[i] : 0;
        }
        return predictors;
    }

    // Of those at risk at each group of ties: it only falls as time goes on.
    private double[] Greatest(double[] predictors)
    {
        var greatest = new double[_sets.Groups.Count];
        for (var g = greatest.Length - 1; g >= 0; g--)
        {
            var group = _sets.Groups[g];
            greatest[g] = StartsStratumBackward(g) || g + 1 == greatest.Length ? double.NegativeInfinity : greatest[g + 1];
            for (var i = group.Start; i < group.End; i++)
                greatest[g] = Math.Max(greatest[g], predictors[i]);
        }
        return greatest;
    }

    private TieSums[] GroupSums(double[] predictors, double[] greatest, CoxTies ties)
    {
        var sums = new TieSums[_sets.Groups.Count];
        var atRisk = 0.0;
        for (var g = sums.Length - 1; g >= 0; g--)
        {
            var group = _sets.Groups[g];
            atRisk *= Decline(greatest, g);
            var withEvent = Sum(predictors.AsSpan(group.Start, group.Events), greatest[g]);
            atRisk += withEvent
                + Sum(predictors.AsSpan(group.Start + group.Events, group.End - group.Start - group.Events), greatest[g]);
            if (group.Events > 0)
                sums[g] = TieSums.Of(group.Events, atRisk, withEvent, ties);
        }
        return sums;
    }

    // By what a sum over the later risk set becomes one of this: 0 where a stratum ends.
    private double Decline(double[] greatest, int group)
        => StartsStratumBackward(group) || group + 1 == greatest.Length ? 0 : Math.Exp(greatest[group + 1] - greatest[group]);

    private double[] Expected(double[] predictors, double[] greatest, TieSums[] sums)
    {
        var expected = new double[predictors.Length];
        var hazard = 0.0;
        for (var g = 0; g < sums.Length; g++)
        {
            var group = _sets.Groups[g];
            var before = g > 0 && _sets.Groups[g - 1].Stratum == group.Stratum ? hazard * Math.Exp(greatest[g] - greatest[g - 1]) : 0;
            hazard = sums[g].Hazard + before;
            for (var i = group.Start; i < group.End; i++)
            {
                var own = i < group.Start + group.Events ? hazard - sums[g].HazardWithdrawn : hazard;
                expected[i] = Math.Exp(predictors[i] - greatest[g]) * own;
            }
        }
        return expected;
    }

    private Vector<double> Gradient(double[] expected)
    {
        var gradient = new double[_columns];
        for (var i = 0; i < expected.Length; i++)
            WeightedGram.AddScaled(gradient, (_events[i] ? 1 : 0) - expected[i], Row(i));
        return Vector<double>.Build.Dense(gradient);
    }

    private Matrix<double> Information(double[] predictors, double[] greatest, double[] expected, TieSums[] sums)
    {
        var gram = new WeightedGram(_columns);
        for (var i = 0; i < expected.Length; i++)
            gram.Add(expected[i], Row(i));
        var (atRisk, withEvent, mean) = (new double[_columns], new double[_columns], new double[_columns]);
        for (var g = sums.Length - 1; g >= 0; g--)
        {
            var group = _sets.Groups[g];
            var decline = Decline(greatest, g);
            for (var j = 0; j < atRisk.Length; j++)
                atRisk[j] *= decline;
            Array.Clear(withEvent);
            for (var i = group.Start; i < group.End; i++)
            {
                var risk = Math.Exp(predictors[i] - greatest[g]);
                WeightedGram.AddScaled(i < group.Start + group.Events ? withEvent : atRisk, risk, Row(i));
            }
            WeightedGram.AddScaled(atRisk, 1, withEvent);
            if (group.Events == 0)
                continue;
            // Σ (a - f c)(a - f c)ᵀ/D² of a over those at risk and c over those with an event, the square completed in f.
            atRisk.CopyTo(mean, 0);
            WeightedGram.AddScaled(mean, -sums[g].MeanShare, withEvent);
            gram.Add(-sums[g].Squares, mean);
            if (sums[g].ShareSpread > 0)
                gram.Add(-sums[g].ShareSpread, withEvent);
        }
        return gram.ToMatrix();
    }

    private static double Sum(ReadOnlySpan<double> predictors, double greatest)
    {
        var sum = 0.0;
        foreach (var predictor in predictors)
            sum += Math.Exp(predictor - greatest);
        return sum;
    }

    private bool StartsStratumBackward(int group)
        => group + 1 < _sets.Groups.Count && _sets.Groups[group + 1].Stratum != _sets.Groups[group].Stratum;
}
