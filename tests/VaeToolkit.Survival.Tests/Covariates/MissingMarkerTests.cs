using System.Text;

namespace VaeToolkit.Survival.Tests.Covariates;

public sealed class MissingMarkerTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("nan")]
    [InlineData("NULL")]
    [InlineData("n/a")]
    [InlineData("NONE")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData("na")]
    [InlineData("#N/A")]
    [InlineData("<na>")]
    [InlineData("#N/A N/A")]
    [InlineData("-1.#IND")]
    [InlineData("1.#QNAN")]
    [InlineData("\\N")]
    [InlineData("\u2013")]
    [InlineData("\u2014")]
    public void A_usual_marker_beside_ages_is_a_missing_value(string marker)
    {
        var table = Column("age", "61", marker, "70", "55", marker);
        var guess = CovariateColumn.Guess(table);
        guess.Should().ContainSingle().Which.Kind.Should().Be(CovariateKind.Continuous);
        guess.Findings.Should().BeEmpty();
        table.Numbers("age").Should().Equal(61, double.NaN, 70, 55, double.NaN);
        var encoded = CovariateSchema.Fit(table, guess).Encode(table);
        Enumerable.Range(0, 5).Select(row => encoded.IsObserved(row, 0)).Should().Equal(true, false, true, true, false);
    }

    [Fact]
    public void A_file_that_is_no_UTF8_is_refused_by_byte_and_line()
    {
        File.WriteAllBytes(_path, Encoding.Latin1.GetBytes("age,name\n61,Meier\n\n70,J\u00E4ger\n"));
        FluentActions.Invoking(() => PatientTable.Read(_path)).Should().ThrowExactly<FormatException>()
            .WithMessage($"{_path}(4): byte 5 of the line is E4, which is no UTF-8; save the file as UTF-8*");
        // A spreadsheet's mark of UTF-8 promises what the lines that were added do not keep.
        File.WriteAllBytes(_path, [.. Encoding.UTF8.Preamble, .. Encoding.Latin1.GetBytes("age,name\n61,J\u00E4ger\n")]);
        FluentActions.Invoking(() => PatientTable.Read(_path)).Should().ThrowExactly<FormatException>()
            .WithMessage($"{_path}(2): byte 5 of the line is E4, which is no UTF-8*");
        File.WriteAllText(_path, "age,name\n61,J\u00E4ger\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        PatientTable.Read(_path).Texts("name").Should().Equal("J\u00E4ger");
        File.WriteAllText(_path, "age,name\n61,J\u00E4ger\n", Encoding.Unicode);
        PatientTable.Read(_path).Texts("name").Should().Equal("J\u00E4ger");
    }

    [Fact]
    public void Numbers_with_a_unit_are_categories_and_a_finding_says_so()
    {
        var guess = CovariateColumn.Guess(Column("fraction", "12%", "7.5 %", "40%", "", "12%"));
        guess.Should().ContainSingle().Which.Kind.Should().Be(CovariateKind.Categorical);
        guess.Findings.Should().Equal(
            "column 'fraction' is taken for categories, but its cells are numbers with '%', as '12%' (row 1); write the numbers alone");
        CovariateColumn.Guess(Column("stage", "T1", "T2", "T3", "T1")).Findings.Should().BeEmpty();
    }

    [Fact]
    public void The_list_can_be_set_and_holds_for_rows_that_are_selected_and_for_other_spellings_of_a_number()
    {
        File.WriteAllText(_path, "age\n61\n-9\n-9.0\nunknown\n70\n");
        var table = PatientTable.Read(_path, missing: ["-9", "Unknown"]).Select([4, 3, 2, 1, 0]);
        table.Numbers("age").Should().Equal(70, double.NaN, double.NaN, double.NaN, 61);
        FluentActions.Invoking(() => new PatientTable(["age"], [["NA"]], missing: []).Numbers("age")).Should().Throw<FormatException>();
        new PatientTable(["age"], [[""]], missing: []).Numbers("age").Should().Equal(double.NaN);
    }

    [Fact]
    public void Numbers_but_for_a_few_cells_are_numbers_with_a_finding_that_names_cells_and_lines()
    {
        File.WriteAllText(_path, "age,sex\n61,1\nsixty,2\n70,1\n55,2\n\n48,x\nold,1\n39,2\n51,1\n77,2\n64,1\n");
        var guess = CovariateColumn.Guess(PatientTable.Read(_path));
        guess.Select(column => column.Kind).Should().Equal(CovariateKind.Continuous, CovariateKind.Binary);
        guess.Findings.Should().HaveCount(2);
        guess.Findings[0].Should()
            .StartWith("column 'age' is taken for numbers, but of 10 cells 2 are none: 'sixty' (line 3), 'old' (line 8);");
        guess.Findings[1].Should().StartWith("column 'sex' is taken for numbers, but of 10 cells 1 are none: 'x' (line 7);");
        guess.ToString().Should().Contain("age: Continuous").And.Contain("'sixty'");
        FluentActions.Invoking(() => CovariateSchema.Fit(PatientTable.Read(_path), guess))
            .Should().Throw<FormatException>().WithMessage("*(3), column 'age': 'sixty'*");
    }

    [Fact]
    public void Grades_some_of_which_are_numbers_are_categories_and_a_finding_says_so()
    {
        string[] grades = ["1", "2", "3A", "3B"];
        var guess = CovariateColumn.Guess(Column("grade", [.. Enumerable.Range(0, 40).Select(i => grades[i % 4])]));
        guess.Should().ContainSingle().Which.Kind.Should().Be(CovariateKind.Categorical);
        guess.Findings.Should().ContainSingle().Which.Should()
            .StartWith("column 'grade' is taken for categories: of 40 cells 20 are no numbers");
    }

    [Fact]
    public void Decimal_commas_are_said()
    {
        File.WriteAllText(_path, "marker\n\"1,5\"\n\"2,25\"\n3\n");
        var table = PatientTable.Read(_path);
        var guess = CovariateColumn.Guess(table);
        guess.Should().ContainSingle().Which.Kind.Should().Be(CovariateKind.Continuous);
        guess.Findings.Should().ContainSingle().Which.Should().Contain("decimal commas in '1,5' (line 2), '2,25' (line 3)");
        FluentActions.Invoking(() => table.Numbers("marker"))
            .Should().Throw<FormatException>().WithMessage("*(2), column 'marker': '1,5' is not a finite number: the decimal comma*");
        File.WriteAllText(_path, "marker;age\n1,5;60\n");
        FluentActions.Invoking(() => PatientTable.Read(_path))
            .Should().Throw<FormatException>().WithMessage("*not by semicolons or tabs");
        File.WriteAllText(_path, "marker,age\n1,5,60\n");
        FluentActions.Invoking(() => PatientTable.Read(_path))
            .Should().Throw<FormatException>().WithMessage("*3 fields where the header has 2; a field with a comma*");
    }

    [Fact]
    public void A_marker_that_is_named_as_a_level_is_a_value_and_one_that_may_be_a_level_is_told()
    {
        var table = new PatientTable(["receptor", "drug"], [["+", "None"], ["-", "A"], ["+", "none"], ["", "B"]]);
        var guess = CovariateColumn.Guess(table);
        guess.Select(column => column.Name).Should().Equal("drug");
        guess.Findings.Should().HaveCount(3);
        guess.Findings[0].Should().StartWith("column 'receptor' has 1 cells that are taken for missing: '-' (row 2)");
        guess.Findings[1].Should().Be("column 'receptor' has no value but '+' and is left out");
        guess.Findings[2].Should().StartWith("column 'drug' has 2 cells that are taken for missing: 'None' (row 1), 'none' (row 3)");
        var schema = CovariateSchema.Fit(table, [new("receptor", CovariateKind.Binary) { Levels = ["-", "+"] }]);
        var encoded = schema.Encode(table);
        Enumerable.Range(0, 4).Select(row => encoded.Target(row, 0)).Should().Equal(1, 0, 1, double.NaN);
        new TreatmentSet(new TreatmentFactor("drug") { Levels = ["None", "A", "B"] }).Read(table.Select([0, 1, 3])).Should().Equal(0, 1, 2);
    }

    [Fact]
    public void Identifiers_and_dates_are_no_categories()
    {
        var rows = Enumerable.Range(0, 40).Select(i => new[] { $"P{i % 21}", $"200{i % 3}-05-17", $"ward {i % 20}", $"{i}" }).ToArray();
        var guess = CovariateColumn.Guess(new PatientTable(["patient", "entry", "ward", "age"], rows));
        guess.Select(column => column.Name).Should().Equal("ward", "age");
        guess.Findings.Should().HaveCount(2);
        guess.Findings[0].Should().Be(
            "column 'patient' has 21 different values in 40 cells, so it names patients rather than groups them, and is left out");
        guess.Findings[1].Should().StartWith("column 'entry' has dates, such as '2000-05-17' (row 1); WithDays").And.EndWith("left out");
    }

    [Theory]
    [InlineData(UnseenCategory.Refuse, "")]
    [InlineData(UnseenCategory.Refuse, "NA")]
    [InlineData(UnseenCategory.Unknown, "c")]
    public void A_column_without_a_value_is_refused_also_where_its_levels_are_named(UnseenCategory unseen, string cell)
        => FluentActions.Invoking(() => CovariateSchema.Fit(
                Column("x", cell, cell), [new("x", CovariateKind.Binary) { Levels = ["a", "b"], Unseen = unseen }]))
            .Should().Throw<FormatException>().WithMessage("column 'x' has no value in all 2 training rows; leave it out");

    [Fact]
    public void Byte_order_marks_and_lines_without_a_value_are_skipped()
    {
        File.WriteAllText(_path, "\uFEFF\uFEFFage,sex\n61,1\n   \n,,\n\uFEFF70,2\n");
        var table = PatientTable.Read(_path);
        table.Columns.Should().Equal("age", "sex");
        table.Numbers("age").Should().Equal(61, 70);
    }

    private static PatientTable Column(string name, params string[] cells) => new([name], [.. cells.Select(cell => new[] { cell })]);
}
