using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// Patients as a model learns from them: covariates, the treatments that they were given, and how long they were followed.
/// </summary>
public sealed class PatientData
{
    private readonly int[] _given;

    /// <summary>Puts the parts together, of N patients each.</summary>
    /// <param name="covariates">The covariates.</param>
    /// <param name="response">Times and events.</param>
    /// <param name="treatments">The treatments that there are; null for a study without.</param>
    /// <param name="given">For each patient the number of the combination that was given, as <see cref="TreatmentSet.Read"/> gives them;
    /// null where there is one only.</param>
    /// <exception cref="ArgumentException">The parts are of different numbers of patients,
    /// or treatments are without what was given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such combination.</exception>
    public PatientData(
        EncodedCovariates covariates, SurvivalTimes response, TreatmentSet? treatments = null, IReadOnlyList<int>? given = null)
    {
        ArgumentNullException.ThrowIfNull(covariates);
        ArgumentNullException.ThrowIfNull(response);
        (Covariates, Response, Treatments) = (covariates, response, treatments ?? new TreatmentSet());
        if (given is null && Treatments.Count > 1)
            throw new ArgumentException(
                $"There are {Treatments.Count} combinations of treatments, but not which patient was given which.", nameof(given));
        _given = given is null ? new int[covariates.Count] : [.. given];
        if (response.Count != covariates.Count || _given.Length != covariates.Count)
            throw new ArgumentException(
                $"There are covariates of {covariates.Count} patients, times of {response.Count} and treatments of {_given.Length}.");
        Array.ForEach(_given, combination => Treatments.Require(combination, nameof(given)));
    }

    /// <summary>Number of patients N.</summary>
    public int Count => _given.Length;

    /// <summary>The covariates.</summary>
    public EncodedCovariates Covariates { get; }

    /// <summary>Times and events.</summary>
    public SurvivalTimes Response { get; }

    /// <summary>The treatments that there are.</summary>
    public TreatmentSet Treatments { get; }

    /// <summary>For each patient the number of the combination that was given, <c>[N]</c>.</summary>
    public IReadOnlyList<int> Given => _given;

    /// <summary>Reads a table: the covariates of a schema, two columns of the response, and treatments.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="schema">A schema that was fitted on training rows.</param>
    /// <param name="time">The column of times.</param>
    /// <param name="observed">The column of events, 1 for observed and 0 for censored.</param>
    /// <param name="treatments">The treatments; null for none.</param>
    /// <param name="timeFloor">What a smaller time, such as 0, is raised to, positive; usual is half of the smallest recorded unit.
    /// Default null: times must be above 0.</param>
    /// <exception cref="ArgumentException">The table lacks a column, or the floor is not above 0.</exception>
    /// <exception cref="FormatException">A cell cannot be used; the message names row and column.</exception>
    public static PatientData Read(
        PatientTable table, CovariateSchema schema, string time, string observed, TreatmentSet? treatments = null,
        double? timeFloor = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(schema);
        return new(schema.Encode(table), table.Response(time, observed, timeFloor), treatments, treatments?.Read(table));
    }

    /// <summary>Some of the patients, in the order given.</summary>
    /// <param name="rows">Numbers from 0 to N − 1, at least one.</param>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public PatientData Select(IReadOnlyList<int> rows)
        => new(Covariates.Select(rows), Response.Select(rows), Treatments, [.. rows.Select(row => _given[row])]);

    /// <summary>Patients, events, covariates and treatments in one line.</summary>
    public override string ToString() => $"{Response}; {Covariates.ColumnCount} covariates; {Treatments}";
}
