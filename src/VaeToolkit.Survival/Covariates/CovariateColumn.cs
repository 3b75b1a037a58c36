namespace VaeToolkit.Survival;

/// <summary>One covariate: the column of a table that holds it, and how to read it.</summary>
/// <param name="Name">The column's name in the header.</param>
/// <param name="Kind">What kind of number it is.</param>
/// <exception cref="ArgumentOutOfRangeException">The kind is none of the enumeration's values.</exception>
public sealed record CovariateColumn(string Name, CovariateKind Kind)
{
    /// <summary>What kind of number it is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public CovariateKind Kind { get; init => field = KnownChoice.Of(value, nameof(Kind)); } = KnownChoice.Of(Kind, nameof(Kind));

    /// <summary>
    /// The values of a binary, categorical or ordinal column, in order; a binary column's second is coded 1. Default null: the values of
    /// the training rows, in ascending order of number or else of text; <c>1</c> and <c>1.0</c> are one level. A level that is named here
    /// is a value even where it is among the table's missing markers. Always set in a fitted schema's columns with levels.
    /// </summary>
    public IReadOnlyList<string>? Levels { get; init; }

    /// <summary>What to do with a value outside <see cref="Levels"/>. Default: refuse it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public UnseenCategory Unseen { get; init => field = KnownChoice.Of(value, nameof(Unseen)); }

    /// <summary>Whether the column has levels.</summary>
    public bool HasLevels => Kind is CovariateKind.Binary or CovariateKind.Categorical or CovariateKind.Ordinal;

    /// <summary>
    /// Guesses the kinds of a table's columns: two different values are binary, numbers are continuous, and all else is categorical.
    /// Numbers but for a few cells are numbers, and a finding names those cells. A guess does not know about counts, orders and long
    /// tails.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="except">Columns to leave out: time, event, treatments, identifiers.</param>
    /// <returns>A column for each that remains, with findings; those without a value or with a single one are left out, and so are
    /// dates, columns without a name, which hold row names, and words of which most patients have their own, such as
    /// identifiers.</returns>
    /// <exception cref="ArgumentException">The table has no column of a name in <paramref name="except"/>.</exception>
    public static GuessedColumns Guess(PatientTable table, params IReadOnlyList<string> except)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(except);
        foreach (var name in except)
            table.IndexOf(name);
        var findings = new List<string>();
        var guesses = table.Columns.Except(except).Select(name => ColumnGuess.Of(table, name, findings));
        return new([.. guesses.OfType<CovariateColumn>()], findings);
    }

    /// <summary>The name and the kind.</summary>
    public override string ToString() => $"{Name}: {Kind}";
}
