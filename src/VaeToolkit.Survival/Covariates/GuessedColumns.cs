using System.Collections;

namespace VaeToolkit.Survival;

/// <summary>The columns that <see cref="CovariateColumn.Guess"/> proposes, and what to know before they are used.</summary>
public sealed class GuessedColumns : IReadOnlyList<CovariateColumn>
{
    private readonly CovariateColumn[] _columns;

    internal GuessedColumns(CovariateColumn[] columns, IReadOnlyList<string> findings) => (_columns, Findings) = (columns, findings);

    /// <summary>
    /// What is odd about the table, a sentence each, with cells and lines: numbers with a few cells that are none, decimal commas, words
    /// that were taken for missing values, columns that were left out, such as dates and identifiers. Empty if nothing.
    /// </summary>
    public IReadOnlyList<string> Findings { get; }

    /// <inheritdoc/>
    public int Count => _columns.Length;

    /// <inheritdoc/>
    public CovariateColumn this[int index] => _columns[index];

    /// <inheritdoc/>
    public IEnumerator<CovariateColumn> GetEnumerator() => ((IEnumerable<CovariateColumn>)_columns).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The columns with their kinds, and the findings, a line each.</summary>
    public override string ToString() => string.Join(Environment.NewLine, _columns.Select(column => column.ToString()).Concat(Findings));
}
