namespace VaeToolkit.Survival;

/// <summary>
/// A trial whose truth is known: three continuous, two binary and one three-level covariate, correlated by a common factor; two treatments,
/// given according to the covariates, that help some patients and harm others and change the hazard's shape, so that hazards cross;
/// censoring of about two patients in five.
/// </summary>
/// <remarks>
/// The time under treatments t is Weibull with ln λ = a(x) + t₁ b₁(x) + t₂ b₂(x) and ln k = κ₀ + κ₁ t₁ + κ₂ t₂, both
/// in closed form. docs/savae.md lists the coefficients and the figures that a predictor with the truth reaches. Treatments depend on
/// covariates that the data hold, so there is no unmeasured confounding.
/// </remarks>
public sealed class SimulatedTrial
{
    private readonly TrialPatient[] _patients;

    private SimulatedTrial(TrialPatient[] patients)
    {
        _patients = patients;
        Table = new PatientTable(TrialPatient.Columns, [.. patients.Select(patient => patient.Cells())]);
        Response = new SurvivalTimes(
            [.. patients.Select(p => Math.Min(p.Time, p.Censoring))], [.. patients.Select(p => p.Time <= p.Censoring)]);
    }

    /// <summary>The covariates' columns, for <see cref="CovariateSchema.Fit"/>.</summary>
    public static IReadOnlyList<CovariateColumn> Covariates { get; } =
    [
        new("age", CovariateKind.Continuous), new("marker", CovariateKind.Continuous), new("volume", CovariateKind.Continuous),
        new("female", CovariateKind.Binary) { Levels = ["0", "1"] }, new("symptoms", CovariateKind.Binary) { Levels = ["0", "1"] },
        new("stage", CovariateKind.Categorical) { Levels = ["I", "II", "III"] },
    ];

    /// <summary>The treatments' columns, 1 where given.</summary>
    public static IReadOnlyList<string> Treatments { get; } = ["radiotherapy", "chemotherapy"];

    /// <summary>Number of patients N.</summary>
    public int Count => _patients.Length;

    /// <summary>Covariates, treatments, <c>time</c> and <c>event</c>, a row a patient.</summary>
    public PatientTable Table { get; }

    /// <summary>The response as it was observed.</summary>
    public SurvivalTimes Response { get; }

    /// <summary>Draws a trial.</summary>
    /// <param name="patients">N, at least 1.</param>
    /// <param name="seed">The trial is a function of it; the first patients of a larger trial are those of a smaller one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="patients"/> is below 1.</exception>
    public static SimulatedTrial Draw(int patients, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(patients, 1);
        return new([.. Enumerable.Range(0, patients).Select(i => TrialPatient.Draw(SplitMix64.For(seed, i)))]);
    }

    /// <summary>The time at which a patient's event would be seen without censoring, under the treatments that were given.</summary>
    /// <param name="patient">The patient, from 0.</param>
    public double TrueTime(int patient) => _patients[patient].Time;

    /// <summary>p(y | do(t), x), the truth.</summary>
    /// <param name="patient">The patient, from 0.</param>
    /// <param name="first">Whether the first treatment is given.</param>
    /// <param name="second">Whether the second is.</param>
    public WeibullDistribution Truth(int patient, bool first, bool second) => _patients[patient].Truth(first, second);

    /// <summary>The truth under the treatments that were given.</summary>
    /// <param name="patient">The patient, from 0.</param>
    public WeibullDistribution Truth(int patient) => Truth(patient, _patients[patient].First, _patients[patient].Second);

    /// <summary>Whether the first and the second treatment were given.</summary>
    /// <param name="patient">The patient, from 0.</param>
    public (bool First, bool Second) Given(int patient) => (_patients[patient].First, _patients[patient].Second);

    /// <summary>How many patients and events there are.</summary>
    public override string ToString() => $"simulated trial: {Response}";
}
