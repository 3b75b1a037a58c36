namespace VaeToolkit.Survival.Tests.Covariates;

public sealed class PatientTableTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Quoted_fields_missing_cells_and_empty_lines_are_read()
    {
        File.WriteAllText(_path, "name,age\n\"Doe, \"\"J\"\"\", 71 \n\nRoe,NA\n");
        var table = PatientTable.Read(_path);
        table.Columns.Should().Equal("name", "age");
        table.Cells("name").Should().Equal("Doe, \"J\"", "Roe");
        table.Numbers("age").Should().Equal(71, double.NaN);
    }

    [Fact]
    public void Cells_that_are_null_are_empty_and_names_and_rows_are_there()
    {
        var table = new PatientTable(["a", "b"], [[null!, "1"], ["2", null!]]);
        table.Numbers("a").Should().Equal(double.NaN, 2);
        table.Numbers("b").Should().Equal(1, double.NaN);
        FluentActions.Invoking(() => new PatientTable([null!], [["1"]])).Should().Throw<ArgumentException>()
            .WithMessage("Column 0 is null*");
        FluentActions.Invoking(() => new PatientTable(["a"], [["1"], null!])).Should().Throw<ArgumentException>()
            .WithMessage("Row 2 is null*");
    }

    [Theory]
    [InlineData("\"\",\"age\"", "\"{1}\",6{0}", "column '' has no name, as row names have, and is left out")]
    [InlineData(",age", "{0},6{0}", "column '' has no name, as row names have, and is left out")]
    public void Row_names_that_R_and_pandas_write_are_no_covariate(string header, string row, string finding)
    {
        File.WriteAllLines(_path, [header, .. Enumerable.Range(0, 20).Select(i => string.Format(row, i, i + 1))]);
        var guess = CovariateColumn.Guess(PatientTable.Read(_path));
        guess.Select(column => column.Name).Should().Equal("age");
        guess.Findings.Should().Equal(finding);
    }

    [Theory]
    [InlineData("\"1,234,567\"", "\"-2,345,000.5\"")]
    [InlineData("\"1.234,5\"", "\"12.345.678,9\"")]
    [InlineData("1'234", "12'345")]
    [InlineData("1\u202F234", "12\u202F345")]
    public void Numbers_with_separators_of_thousands_are_a_finding(string one, string other)
    {
        File.WriteAllText(_path, $"cost,age\n{one},60\n{other},61\n{one},62\n");
        CovariateColumn.Guess(PatientTable.Read(_path)).Findings.Should().ContainSingle().Which.Should()
            .StartWith("column 'cost' is taken for categories, but its cells are numbers with separators of thousands, as '");
    }

    [Fact]
    public void UTF_16_without_its_mark_and_markers_that_are_null_are_no_surprise()
    {
        File.WriteAllBytes(_path, System.Text.Encoding.Unicode.GetBytes("a,b\n1,2\n"));
        FluentActions.Invoking(() => PatientTable.Read(_path)).Should().Throw<FormatException>()
            .WithMessage("*(1): the line has a NUL*UTF-16*");
        File.WriteAllText(_path, "a,b\n1,\n");
        PatientTable.Read(_path, [null!]).Numbers("b").Should().Equal(double.NaN);
    }

    [Fact]
    public void Quoted_fields_may_span_lines_and_lines_are_numbered_as_in_the_file()
    {
        File.WriteAllText(_path, "name,age,\"a\nnote\"\nDoe,71,\"one\r\n\r\ntwo\"\nRoe,?,-\nPoe,sixty,\"x\ny\"\nMoe,x,z\n");
        var table = PatientTable.Read(_path);
        table.Columns.Should().Equal("name", "age", "a\nnote");
        table.Cells("a\nnote").Should().Equal("one\n\ntwo", "-", "x\ny", "z");
        FluentActions.Invoking(() => table.Numbers("age")).Should().Throw<FormatException>().WithMessage("*(7)*'sixty'*");
        File.WriteAllText(_path, "device,age\n \"5\"\" tube, \"\"new\"\"\" ,60\n\"\",61\n");
        PatientTable.Read(_path).Cells("device").Should().Equal("5\" tube, \"new\"", "");
        File.WriteAllText(_path, "a,b\n\"1\n1\",2\n3\n");
        FluentActions.Invoking(() => PatientTable.Read(_path)).Should().Throw<FormatException>().WithMessage("*: line 4 has 1 fields*");
    }

    [Theory]
    [InlineData("a,b\n1\n", "*: line 2 has 1 fields where the header has 2")]
    [InlineData("a,a\n1,2\n", "*the column 'a' is there 2 times")]
    [InlineData("a,b\n", "*2 columns and 0 rows*")]
    [InlineData("", "*0 columns and 0 rows*")]
    [InlineData("a,b\n\"1,2\n", "*(2): a quote is opened*")]
    // Inches: two such would swallow the rows between them.
    [InlineData("id,device,age\n1,5\" tube,60\n2,none,61\n3,6\" tube,62\n", "*(2): a quote stands within a field*")]
    [InlineData("a,b\n1,\"x\" y\n", "*(2): a quote stands within a field*")]
    public void A_file_that_is_no_table_is_refused_with_its_name_and_line(string text, string message)
    {
        File.WriteAllText(_path, text);
        FluentActions.Invoking(() => PatientTable.Read(_path))
            .Should().Throw<FormatException>().WithMessage(message).WithMessage($"{_path}*");
    }

    [Theory]
    [InlineData("0,1", "*(3), column 'time': '0' is not a time above 0*")]
    [InlineData("-3,1", "*column 'time': '-3'*")]
    [InlineData(",1", "*(3), column 'time': '' is not a finite number")]
    [InlineData("5,2", "*(3), column 'event': '2' is neither 1*")]
    [InlineData("5,yes", "*(3), column 'event': 'yes' is not a finite number")]
    public void A_bad_response_is_refused_with_row_and_column(string line, string message)
    {
        File.WriteAllText(_path, $"time,event\n4,1\n{line}\n");
        var table = PatientTable.Read(_path).Select([1, 0]);
        FluentActions.Invoking(() => table.Response("time", "event")).Should().Throw<FormatException>().WithMessage(message);
    }

    [Fact]
    public void A_floor_admits_times_of_zero_and_nothing_below()
    {
        var table = new PatientTable(["time", "event"], [["0", "1"], ["2", "0"]]);
        var response = table.Response("time", "event", timeFloor: 0.5);
        response.Times.ToArray().Should().Equal(0.5, 2);
        response.Events.ToArray().Should().Equal(true, false);
        var negative = new PatientTable(["time", "event"], [["-1", "1"]]);
        FluentActions.Invoking(() => negative.Response("time", "event", 0.5))
            .Should().Throw<FormatException>().WithMessage("row 1, column 'time'*");
        FluentActions.Invoking(() => table.Response("time", "event", 0)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_column_that_is_not_there_is_named_with_those_that_are()
    {
        var table = new PatientTable(["a", "b"], [["1", "2"]]);
        FluentActions.Invoking(() => table.Numbers("c"))
            .Should().Throw<ArgumentException>().WithMessage("There is no column 'c'; the table has a, b.*");
        FluentActions.Invoking(() => table.Select([1])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => table.Select([])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Days_between_dates_are_a_column_that_serves_as_a_time()
    {
        File.WriteAllText(_path, "begin,end,died\n2020-02-28,2020-03-01,1\n2019-12-31,2020-12-31,0\nNA,2020-01-01,1\n");
        var table = PatientTable.Read(_path).WithDays("days", from: "begin", to: "end");
        // 2020 is a leap year.
        table.Columns.Should().Equal("begin", "end", "died", "days");
        table.Numbers("days").Should().Equal(2, 366, double.NaN);
        table.Select([1, 0]).Response("days", "died").Times.ToArray().Should().Equal(366, 2);
        FluentActions.Invoking(() => table.WithDays("died", "begin", "end")).Should().Throw<ArgumentException>();
        var german = new PatientTable(["a", "b"], [["1.3.2020", "02.04.2020"]]);
        german.WithDays("days", "a", "b", format: "d.M.yyyy").Numbers("days").Should().Equal(32);
        FluentActions.Invoking(() => german.WithDays("days", "a", "b"))
            .Should().Throw<FormatException>().WithMessage("row 1, column 'b': '02.04.2020' is not a date as 'yyyy-MM-dd' writes it");
    }

    [Fact]
    public void A_date_in_the_place_of_a_number_is_called_one()
        => FluentActions.Invoking(() => new PatientTable(["end"], [["2021-01-05"]]).Numbers("end"))
            .Should().Throw<FormatException>().WithMessage("row 1, column 'end': '2021-01-05' is a date and no number: WithDays *");

    [RealDataFact("tabular/lung.csv")]
    public void Lung_has_228_patients_165_events_and_missing_values()
    {
        var table = PatientTable.Read(Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "tabular", "lung.csv"));
        var response = table.Response("time", "event");
        (response.Count, response.EventCount).Should().Be((228, 165));
        table.Numbers("meal_cal").Count(double.IsNaN).Should().Be(47);
        CovariateColumn.Guess(table, "time", "event").Where(column => column.HasLevels).Select(column => column.Name).Should().Equal("sex");
    }
}
