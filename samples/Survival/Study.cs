using VaeToolkit.DeepSurvival;
using VaeToolkit.Survival;

namespace VaeToolkit.Samples;

/// <summary>The patients of a run: a table, what its columns are, and the truth where it is known.</summary>
internal sealed record Study(
    string Name, PatientTable Table, IReadOnlyList<CovariateColumn> Covariates, SurvivalTimes Response, TreatmentSet Treatments)
{
    public SimulatedTrial? Trial { get; private init; }

    public static Study Simulate(int patients, long seed)
    {
        var trial = SimulatedTrial.Draw(patients, seed);
        return new(
            "simulated trial", trial.Table, SimulatedTrial.Covariates, trial.Response, TreatmentSet.OfBinary(SimulatedTrial.Treatments))
        {
            Trial = trial
        };
    }

    /// <summary>
    /// A file of the user's. Covariates are the columns that are named, or all others, of the kinds that they look like;
    /// <c>name:kind</c> says it where that would be wrong. A category that a fold's training rows lack is taken for missing.
    /// </summary>
    public static Study Read(string path, string time, string observed, string[] treatments, string[] covariates)
    {
        var table = PatientTable.Read(path);
        var factors = treatments.Select(name =>
            new TreatmentFactor(name) { Levels = CovariateSchema.Fit(table, [new(name, CovariateKind.Ordinal)]).Columns[0].Levels! });
        var guesses = CovariateColumn.Guess(table, [time, observed, .. treatments]);
        foreach (var finding in guesses.Findings)
            Console.WriteLine(finding);
        var columns = covariates.Length == 0 ? guesses : covariates.Select(text => Column(text, guesses));
        return new(
            Path.GetFileName(path), table, [.. columns.Select(column => column with { Unseen = UnseenCategory.Unknown })],
            table.Response(time, observed), new TreatmentSet([.. factors]));
    }

    /// <summary>What a regression is given: the covariates, and the treatments beside them.</summary>
    public IReadOnlyList<CovariateColumn> RegressionColumns() =>
        [.. Covariates,
            .. Treatments.Factors.Select(factor => new CovariateColumn(factor.Name, CovariateKind.Categorical) { Levels = factor.Levels })];

    private static CovariateColumn Column(string text, IReadOnlyList<CovariateColumn> guesses)
        => text.Split(':') is [var name, var kind] ? new(name, Kind(kind))
            : guesses.FirstOrDefault(guess => guess.Name == text)
                ?? throw new ArgumentException($"'{text}' is no covariate; there are {string.Join(", ", guesses)}");

    private static CovariateKind Kind(string text)
        => Enum.TryParse<CovariateKind>(text, ignoreCase: true, out var kind) ? kind
            : throw new ArgumentException(
                $"'{text}' is no kind of covariate; there are {string.Join(", ", Enum.GetNames<CovariateKind>())}");

    /// <summary>Some of the patients as the VAE learns from them, by a schema of its own.</summary>
    public PatientData Data(IReadOnlyList<int> rows)
    {
        var part = Table.Select(rows);
        return new(CovariateSchema.Fit(part, Covariates).Encode(part), Response.Select(rows), Treatments, Treatments.Read(part));
    }
}
