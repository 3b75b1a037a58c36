using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Survival;

/// <summary>
/// Cox's partial log-likelihood over standardised covariates. With eᵢ = wᵢ Λᵢ, the events expected of patient i up to the end of his
/// follow-up (wᵢ = e^{xᵢb}, Λᵢ the baseline hazard he has been under), its gradient is Σ (dᵢ - eᵢ) xᵢ and its information
/// Σ eᵢ xᵢ xᵢᵀ - Σ m mᵀ over the events, m the weighted mean covariates of their risk sets. So a pass costs O(N P²) whatever
/// the ties.
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
        var risks = RelativeRisks(coefficients, out var eventPredictors);
        var sums = GroupSums(risks, _ties);
        var expected = Expected(risks, sums);
        var value = eventPredictors - sums.Sum(sum => sum.LogDenominators);
        return new(value, Gradient(expected), Information(risks, expected, sums));
    }

    /// <summary>The events expected of each sorted patient.</summary>
    internal double[] ExpectedEvents(Vector<double> coefficients)
    {
        var risks = RelativeRisks(coefficients, out _);
        return Expected(risks, GroupSums(risks, _ties));
    }

    /// <summary>The jumps of the baseline hazard at the groups of ties, 0 where there is no event.</summary>
    internal double[] BaselineJumps(Vector<double> coefficients, CoxTies ties)
        => [.. GroupSums(RelativeRisks(coefficients, out _), ties).Select(sum => sum.Hazard)];

    private ReadOnlySpan<double> Row(int position) => _rows.AsSpan(position * _columns, _columns);

    private double[] RelativeRisks(Vector<double> coefficients, out double eventPredictors)
    {
        var risks = new double[_events.Length];
        eventPredictors = 0;
        for (var i = 0; i < risks.Length; i++)
        {
            var row = Row(i);
            var predictor = 0.0;
            for (var j = 0; j < row.Length; j++)
                predictor += coefficients[j] * row[j];
            eventPredictors += _events[i] ? predictor : 0;
            risks[i] = Math.Exp(predictor);
        }
        return risks;
    }

    private TieSums[] GroupSums(double[] risks, CoxTies ties)
    {
        var sums = new TieSums[_sets.Groups.Count];
        var atRisk = 0.0;
        for (var g = sums.Length - 1; g >= 0; g--)
        {
            var group = _sets.Groups[g];
            if (StartsStratumBackward(g))
                atRisk = 0;
            var withEvent = Sum(risks.AsSpan(group.Start, group.Events));
            atRisk += withEvent + Sum(risks.AsSpan(group.Start + group.Events, group.End - group.Start - group.Events));
            if (group.Events > 0)
                sums[g] = TieSums.Of(group.Events, atRisk, withEvent, ties);
        }
        return sums;
    }

    private double[] Expected(double[] risks, TieSums[] sums)
    {
        var expected = new double[risks.Length];
        var hazard = 0.0;
        for (var g = 0; g < sums.Length; g++)
        {
            var group = _sets.Groups[g];
            hazard = sums[g].Hazard + (g > 0 && _sets.Groups[g - 1].Stratum == group.Stratum ? hazard : 0);
            for (var i = group.Start; i < group.End; i++)
                expected[i] = risks[i] * (i < group.Start + group.Events ? hazard - sums[g].HazardWithdrawn : hazard);
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

    private Matrix<double> Information(double[] risks, double[] expected, TieSums[] sums)
    {
        var gram = new WeightedGram(_columns);
        for (var i = 0; i < expected.Length; i++)
            gram.Add(expected[i], Row(i));
        var (atRisk, withEvent, mean) = (new double[_columns], new double[_columns], new double[_columns]);
        for (var g = sums.Length - 1; g >= 0; g--)
        {
            var group = _sets.Groups[g];
            if (StartsStratumBackward(g))
                Array.Clear(atRisk);
            Array.Clear(withEvent);
            for (var i = group.Start; i < group.End; i++)
                WeightedGram.AddScaled(i < group.Start + group.Events ? withEvent : atRisk, risks[i], Row(i));
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

    private static double Sum(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += value;
        return sum;
    }

    private bool StartsStratumBackward(int group)
        => group + 1 < _sets.Groups.Count && _sets.Groups[group + 1].Stratum != _sets.Groups[group].Stratum;
}
