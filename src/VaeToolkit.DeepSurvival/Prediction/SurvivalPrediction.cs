using System.Globalization;
using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// Predictions for N patients under each of T combinations of treatments, in numbers only. All treatments of a patient share their draws.
/// </summary>
public sealed class SurvivalPrediction
{
    /// <summary>The effective sample size under which a prediction is called unreliable.</summary>
    public const double LeastEffectiveSampleSize = 50;

    private readonly double[][] _weights;
    private readonly MixtureComponents[][] _components;
    private readonly double[,] _treatmentLogProbs;

    /// <param name="weights">Normalised weights, L for each patient.</param>
    /// <param name="components">For each patient one a combination; patients may share them.</param>
    /// <param name="treatments">The treatments.</param>
    /// <param name="treatmentLogProbs">ln p(t|x), <c>[N, T]</c>.</param>
    internal SurvivalPrediction(double[][] weights, MixtureComponents[][] components, TreatmentSet treatments, double[,] treatmentLogProbs)
        => (_weights, _components, Treatments, _treatmentLogProbs) = (weights, components, treatments, treatmentLogProbs);

    /// <summary>Number of patients N.</summary>
    public int Count => _weights.Length;

    /// <summary>The treatments, T combinations.</summary>
    public TreatmentSet Treatments { get; }

    /// <summary>p(y|t,x) of a patient under a combination of treatments.</summary>
    /// <param name="patient">From 0.</param>
    /// <param name="combination">From 0; there is one only in a study without treatments.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such patient or combination.</exception>
    public PredictiveDistribution For(int patient, int combination = 0)
    {
        RequirePatient(patient);
        Treatments.Require(combination, nameof(combination));
        return new(_weights[patient], _components[patient][combination]);
    }

    /// <summary>1 / Σ w²: the number of equally weighted draws that would be worth as much as a patient's.</summary>
    /// <param name="patient">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such patient.</exception>
    public double EffectiveSampleSize(int patient)
    {
        RequirePatient(patient);
        return 1 / DotProduct.Of(_weights[patient], _weights[patient]);
    }

    /// <summary>What to know before a patient's prediction is trusted, or null: too few draws count.</summary>
    /// <param name="patient">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such patient.</exception>
    public string? Warning(int patient)
        => EffectiveSampleSize(patient) is var size && size < LeastEffectiveSampleSize
            ? string.Create(CultureInfo.InvariantCulture, $"only {size:F0} of {_weights[patient].Length} draws count, fewer "
                + $"than {LeastEffectiveSampleSize}: take more, or Proposal.EncoderMixture")
            : null;

    /// <summary>p(t|x): how likely a patient with these covariates was to be given a combination.</summary>
    /// <param name="patient">From 0.</param>
    /// <param name="combination">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such patient or combination.</exception>
    public double TreatmentProbability(int patient, int combination)
    {
        RequirePatient(patient);
        Treatments.Require(combination, nameof(combination));
        return Math.Exp(_treatmentLogProbs[patient, combination]);
    }

    /// <summary>S(y|t,x) of every patient at times, <c>[N, G]</c>: what scores are computed from.</summary>
    /// <param name="times">G times, positive.</param>
    /// <param name="given">For each patient the combination of treatments; null for 0.</param>
    /// <exception cref="ArgumentException">There is another number of combinations than patients.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time is not positive and finite, or there is no such combination.</exception>
    public double[,] Survival(IReadOnlyList<double> times, IReadOnlyList<int>? given = null)
    {
        ArgumentNullException.ThrowIfNull(times);
        given ??= new int[Count];
        if (given.Count != Count)
            throw new ArgumentException($"There are {given.Count} combinations for {Count} patients.", nameof(given));
        foreach (var time in times)
        {
            if (!(time > 0 && double.IsFinite(time)))
                throw new ArgumentOutOfRangeException(nameof(times), time, "A time must be positive and finite.");
        }
        foreach (var combination in given)
            Treatments.Require(combination, nameof(given));
        var curves = new double[Count, times.Count];
        // Parallel.For takes one worker more than the processors that .NET is told of: a process limited to one thread would use two.
        Parallel.For(
            0, times.Count, new() { MaxDegreeOfParallelism = Environment.ProcessorCount },
            g => FillColumn(curves, g, Math.Log(times[g]), given));
        return curves;
    }

    /// <summary>Each patient's median under every combination of treatments, and the effective number of draws.</summary>
    public override string ToString()
        => $"{Count} patients under {Treatments.Count} combinations of treatments: medians" + Environment.NewLine
            + TextTable.Shortened(
                ["patient", .. Enumerable.Range(0, Treatments.Count).Select(t => Treatments.Count == 1 ? "all" : Treatments.Describe(t)),
                    "effective draws"],
                Count,
                i => [$"{i}", .. Enumerable.Range(0, Treatments.Count).Select(t => For(i, t).Median.ToString()),
                    TextTable.Number(EffectiveSampleSize(i))]);

    // What all patients share is computed once.
    private void FillColumn(double[,] curves, int column, double logTime, IReadOnlyList<int> given)
    {
        var known = new Dictionary<MixtureComponents, double[]>(ReferenceEqualityComparer.Instance);
        var shared = Count > 1 && _components[0] == _components[1];
        for (var i = 0; i < Count; i++)
        {
            var components = _components[i][given[i]];
            if (!known.TryGetValue(components, out var values))
            {
                values = components.Survival(logTime);
                if (shared)
                    known[components] = values;
            }
            curves[i, column] = DotProduct.OfProbabilities(_weights[i], values);
        }
    }

    private void RequirePatient(int patient)
    {
        if (patient < 0 || patient >= Count)
            throw new ArgumentOutOfRangeException(nameof(patient), patient, $"Patients go from 0 to {Count - 1}.");
    }
}
