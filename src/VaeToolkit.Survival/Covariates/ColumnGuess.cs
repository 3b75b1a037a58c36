using System.Text.RegularExpressions;

namespace VaeToolkit.Survival;

/// <summary>What a column of a table looks like.</summary>
internal sealed partial class ColumnGuess
{
    // Cells that are left empty on purpose need no finding.
    private static readonly MissingMarkers s_plain = new(["NA", "NaN"]);

    // As many different words, in more than half of the cells one of their own, are names; fewer may be the categories of a small table.
    private const int FewestNames = 20;

    private static readonly char[] s_digits = [.. "0123456789."];

    private readonly PatientTable _table;
    private readonly string _name;
    private readonly int _index;
    private readonly List<string> _findings;
    private readonly int[] _present;
    private readonly int[] _commas;
    private readonly int[] _texts;

    private ColumnGuess(PatientTable table, string name, List<string> findings)
    {
        (_table, _name, _index, _findings) = (table, name, table.IndexOf(name), findings);
        _present = Rows(cell => !table.IsMissing(cell));
        _commas = [.. _present.Where(row => PatientTable.HasDecimalComma(Cell(row)))];
        _texts = [.. _present.Except(_commas).Where(row => !PatientTable.TryNumber(Cell(row), out _))];
    }

    /// <summary>The column's kind, or null where it says nothing; adds what is odd to the findings.</summary>
    public static CovariateColumn? Of(PatientTable table, string name, List<string> findings)
        => new ColumnGuess(table, name, findings).Kind();

    private CovariateColumn? Kind()
    {
        // As the one that R and pandas write before the others, unless they are told not to.
        if (_name.Length == 0)
        {
            Find("has no name, as row names have, and is left out");
            return null;
        }
        var (isNumber, taken) = (IsNumber(), _present.Length - _texts.Length);
        if (_commas.Length > 0)
            Find($"has decimal commas in {Named(_commas)}; numbers are written with a point"
                + (_commas.All(row => Grouped().IsMatch(Cell(row))) ? ", or if these separate thousands, without them" : ""));
        if (isNumber && _texts.Length > 0)
            Find($"is taken for numbers, but of {_present.Length} cells {_texts.Length} are none: {Named(_texts)}; correct them, or list "
                + "them among the missing markers");
        if (!isNumber && taken > 0)
            Find($"is taken for categories: of {_present.Length} cells {_texts.Length} are no numbers, as {Named(_texts)}");
        if (!isNumber && taken == 0 && Unit() is { } unit)
            Find($"is taken for categories, but its cells are numbers with '{unit}', as {Named(_texts[..1])}; write the numbers alone");
        if (!isNumber && taken == 0 && _texts.Length > 0 && _texts.All(row => Grouped().IsMatch(Cell(row))))
            Find($"is taken for categories, but its cells are numbers with separators of thousands, as {Named(_texts[..1])}; write them "
                + "without, and with a decimal point");
        if (!isNumber && Rows(cell => _table.IsMissing(cell) && !s_plain.Include(cell)) is { Length: > 0 } marked)
            Find($"has {marked.Length} cells that are taken for missing: {Named(marked)}; give other missing markers, or name the levels, "
                + "if they are values");
        var levels = Levels(isNumber ? [.. _present.Except(_texts)] : _present);
        if (!isNumber && levels >= 2 && NoCategories(levels) is { } reason)
        {
            Find($"{reason} and is left out");
            return null;
        }
        if (levels < 2)
            Find(levels == 0 ? "has no value and is left out" : $"has no value but '{Cell(_present[0])}' and is left out");
        return levels < 2 ? null
            : new(_name, levels == 2 ? CovariateKind.Binary : isNumber ? CovariateKind.Continuous : CovariateKind.Categorical);
    }

    /// <summary>Why words divide patients into no categories, or null where they may.</summary>
    private string? NoCategories(int levels)
        => _present.All(row => PatientTable.IsDate(Cell(row)))
            ? $"has dates, such as {Named(_present[..1])}; {nameof(PatientTable.WithDays)} makes numbers of two of them,"
            : levels >= FewestNames && 2 * levels > _present.Length
            ? $"has {levels} different values in {_present.Length} cells, so it names patients rather than groups them,"
            : null;

    /// <summary>
    /// Whether the cells are numbers but for a few: more than half are, and the others are one in ten at most or of few different kinds.
    /// (Grades such as 1, 2, 3A and 3B are categories.)
    /// </summary>
    private bool IsNumber()
    {
        var numbers = _present.Length - _texts.Length;
        return numbers > _texts.Length
            && (10 * _texts.Length <= _present.Length || Levels([.. _present.Except(_texts)]) >= 3 * Levels(_texts));
    }

    /// <summary>What follows a number in every cell, or null where there is no such thing.</summary>
    private string? Unit()
    {
        string[] units = [.. _texts.Select(row => Cell(row).TrimStart('+', '-').TrimStart(s_digits).Trim()).Distinct()];
        return units is [{ Length: > 0 } unit] && !unit.Any(char.IsAsciiDigit)
            && _texts.All(row => PatientTable.TryNumber(Cell(row)[..^unit.Length].Trim(), out _)) ? unit : null;
    }

    private int Levels(int[] rows) => LevelComparer.Different([.. rows.Select(Cell)]).Count();

    private int[] Rows(Func<string, bool> condition) => [.. Enumerable.Range(0, _table.Count).Where(row => condition(Cell(row)))];

    private string Cell(int row) => _table.Cell(row, _index);

    private string Named(int[] rows) => _table.Named(rows, _index);

    // 1,234,567 and 1.234.567,8, 1'234 and 1 234, also with the narrow spaces that spreadsheets write.
    [GeneratedRegex("^[-+]?[0-9]{1,3}([,.'\u2019 \u00A0\u202F])[0-9]{3}(\\1[0-9]{3})*([.,][0-9]+)?$")]
    private static partial Regex Grouped();

    private void Find(string finding) => _findings.Add($"column '{_name}' {finding}");
}
