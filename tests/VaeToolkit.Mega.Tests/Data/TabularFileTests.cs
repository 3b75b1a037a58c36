using TorchSharp;

namespace VaeToolkit.Mega.Tests.Data;

public sealed class TabularFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Numbers_and_labels_are_read_in_order()
    {
        var table = Read("a,b,label\n1,2.5,0\n-3e2,4,2\n");
        table.Values.Cast<double>().Should().Equal(1, 2.5, -300, 4);
        table.Labels.Should().Equal(0, 2);
        using var rows = table.ToTensor();
        rows.shape.Should().Equal(2, 2);
        rows.dtype.Should().Be(torch.float64);
    }

    [Fact]
    public void Whole_labels_may_be_written_as_floating_point_numbers() => Read("a,label\n1,2.0\n1,-1e1\n").Labels.Should().Equal(2, -10);

    [Fact]
    public void A_table_without_labels_has_none() => Read("a,b\n1,2\n").Labels.Should().BeNull();

    [Fact]
    public void Empty_fields_and_markers_are_missing_and_blank_lines_are_no_rows()
    {
        var table = Read("a,b,c,label\n1,,3,0\n\n ,NA,n/a,1\nnan,?,.,2\n-,null,NONE,3\n\n  \n");
        table.Values.Cast<double>().Should().Equal(
            [1, double.NaN, 3, .. Enumerable.Repeat(double.NaN, 9)], (a, b) => a.Equals(b));
        table.Labels.Should().Equal(0, 1, 2, 3);
        table.Missing.Should().Be(10);
        TabularFile.Read(_path, missing: ["NA", "n/a", "nan", "?", ".", "-", "null", "none"]).Missing.Should().Be(10);
        FluentActions.Invoking(() => TabularFile.Read(_path, missing: ["-999"]))
            .Should().Throw<FormatException>().WithMessage("*(4,2): 'NA' is not a finite number");
    }

    [Fact]
    public void Tables_of_other_programs_are_read_with_their_quotes_markers_and_byte_order_marks()
    {
        var quoted = Read("\"a\",\"b\",\"label\"\n1,\"2\",0\n3,4,1\n");
        quoted.Values.Cast<double>().Should().Equal(1, 2, 3, 4);
        quoted.Labels.Should().Equal(0, 1);
        Read("a,Label\n1,7\n").Labels.Should().Equal(7);
        var joined = Read("a,b,label\n1,#N/A,0\n\uFEFF<NA>,2,1\n--,n.a.,2\n,,\n");
        joined.Values.Cast<double>().Should().Equal(
            [1, double.NaN, double.NaN, 2, double.NaN, double.NaN], (a, b) => a.Equals(b));
        joined.Labels.Should().Equal(0, 1, 2);
        Read("a,b\n1,-9\n2,-9.0\n");
        TabularFile.Read(_path, missing: ["-9"]).Values.Cast<double>().Should().Equal(
            [1, double.NaN, 2, double.NaN], (a, b) => a.Equals(b));
    }

    [Theory]
    [InlineData("\"\",\"x\"\n\"1\",0.5\n\"2\",1.5\n", "*(1,1): the column has no name, as row names have*")]
    [InlineData(",x\n0,0.5\n1,1.5\n", "*(1,1): the column has no name*index=False*")]
    [InlineData("x,y,\n1,2,\n3,4,\n", "*(1,3): the column has no name*end with a comma*")]
    [InlineData("1.5,2\n3,4\n", "*(1): the first line is of numbers, 1.5, 2; it must name the columns, as x1.5")]
    [InlineData("5.1,3.5,1.4,0.2\n4.9,3.0,1.4,0.2\n", "*(1): the first line is of numbers, 5.1, 3.5, 1.4, …; it must name the*")]
    public void Row_names_and_rows_without_names_are_neither_variables_nor_names(string text, string message)
        => FluentActions.Invoking(() => Read(text)).Should().Throw<FormatException>().WithMessage(message);

    [Theory]
    [InlineData("0,1,2\n5,6,7\n")]
    [InlineData("1,2,3\n5,6,7\n")]
    [InlineData("400,402,404\n5,6,7\n")]
    [InlineData("0,0.5,1\n5,6,7\n")]
    public void Columns_may_be_called_by_their_numbers(string text) => Read(text).Values.Cast<double>().Should().Equal(5, 6, 7);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_byte_order_mark_is_no_part_of_the_first_name(bool wide)
    {
        File.WriteAllText(_path, "label\r\n7\r\n", wide ? System.Text.Encoding.Unicode : new System.Text.UTF8Encoding(true));
        TabularFile.Read(_path).Labels.Should().Equal(7);
    }

    [RealDataFact("tabular")]
    public void Missing_values_are_fitted_where_that_is_possible_and_refused_by_row_and_column_elsewhere()
    {
        using var scope = torch.NewDisposeScope();
        var table = Tables.Read("lung");
        table.Missing.Should().Be(66);
        var rows = table.ToTensor();
        ProbabilisticPca.FitEm(rows / rows.nan_to_num().abs().amax([0L]), 2).Model.NoiseVariance.Should().BePositive();
        Action[] others =
        [
            () => ProbabilisticPca.Fit(rows, 2), () => FactorAnalysis.Fit(rows, 2), () => GaussianMixture.Fit(rows, 2),
            () => DataMoments.Of(rows), () => ComplexityPath.Fit(rows, [1], (train, q) => ProbabilisticPca.Fit(train, q), [0]),
        ];
        foreach (var fit in others)
            fit.Should().Throw<ArgumentException>().WithMessage("*NaN in row 0, column 8*ProbabilisticPca.FitEm alone takes*");
        FluentActions.Invoking(() => ProbabilisticPca.FitEm(rows / 0, 2))
            .Should().Throw<ArgumentException>().WithMessage("*infinity in row 0, column 0*");
    }

    [Theory]
    [InlineData("a;b\n1,5;2\n", "*(1): the header has ';' and no comma; fields must be separated by commas, and decimals*")]
    [InlineData("a,b\n1,2\n3\n", "*(3): 1 fields where the header has 2")]
    [InlineData("a,b\n1,2,3\n", "*(2): 3 fields where the header has 2")]
    [InlineData("a,b\n1,x\n", "*(2,2): 'x' is not a finite number")]
    [InlineData("a,b\n1,\"2,5\"\n", "*(2,2): '2,5' is not a finite number: the decimal comma must be a point")]
    [InlineData("a,b\n1,2\nInfinity,2\n", "*(3,1): 'Infinity' is not a finite number")]
    [InlineData("a,b,label\n1,2,\n", "*(2,3): '' is not a finite number")]
    [InlineData("a,label\n1,0\n1,1.7\n", "*(3,2): the label '1.7' is not a whole number from -2147483648 to 2147483647")]
    [InlineData("a,label\n1,3000000000\n", "*(2,2): the label '3000000000' is not a whole number*")]
    [InlineData("a,\"b\nc\"\n1,2\n\"1\n\",2\n1,x\n", "*(6,2): 'x' is not a finite number")]
    [InlineData("a,b\n", "*has 1 line(s)*")]
    public void A_bad_file_is_refused_by_line_and_column(string text, string message)
        => FluentActions.Invoking(() => Read(text))
            .Should().Throw<FormatException>().WithMessage(message).Which.Message.Should().StartWith(_path);

    private TabularFile Read(string text)
    {
        File.WriteAllText(_path, text);
        return TabularFile.Read(_path);
    }
}
