namespace VaeToolkit.Survival.Tests.Covariates;

public sealed class CovariateSchemaTests
{
    private static readonly CovariateColumn[] s_columns =
    [
        new("age", CovariateKind.Continuous), new("dose", CovariateKind.Positive), new("sex", CovariateKind.Binary),
        new("cell", CovariateKind.Categorical), new("grade", CovariateKind.Ordinal) { Levels = ["low", "mid", "high"] },
        new("nodes", CovariateKind.Count),
    ];

    private static readonly PatientTable s_training = Table(
        ["50", "1", "1", "b", "low", "0"],
        ["60", "10", "2", "a", "high", "3"],
        ["70", "100", "2", "c", "mid", ""]);

    private static PatientTable Table(params string[][] rows) => new(["age", "dose", "sex", "cell", "grade", "nodes"], rows);

    [Fact]
    public void Targets_and_features_are_as_computed_by_hand()
    {
        var schema = CovariateSchema.Fit(s_training, s_columns);
        var encoded = schema.Encode(s_training);
        // Age: mean 60, standard deviation √(200/3). Dose: logarithms 0, 1, 2 times ln 10. Nodes: ln 1 and ln 4, mean ln 2, deviation ln
        // 2.
        var unit = 10 / Math.Sqrt(200.0 / 3);
        Targets(encoded, 0)
            .Should().BeEquivalentTo([-unit, -unit, 0, 1, 0, 0], o => o.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
        Targets(encoded, 1)
            .Should().BeEquivalentTo([0, 0, 1, 0, 2, 3.0], o => o.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
        schema.FeatureCount.Should().Be(1 + 1 + 1 + 3 + 2 + 1);
        Features(encoded, 0).Should().BeEquivalentTo(
            [-unit, -unit, 0, 0, 1, 0, 0, 0, -1], o => o.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
        Features(encoded, 1)
            .Should().BeEquivalentTo([0, 0, 1, 1, 0, 0, 1, 1, 1.0], o => o.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
        encoded.IsObserved(2, 5).Should().BeFalse();
        encoded.Target(2, 5).Should().Be(double.NaN);
        Features(encoded, 2)[8].Should().Be(0);
    }

    [Fact]
    public void A_regressions_columns_drop_first_levels_and_replace_missing_values_by_training_means()
    {
        var schema = CovariateSchema.Fit(s_training, s_columns);
        schema.DesignNames.Should().Equal("age", "dose", "sex", "cell=b", "cell=c", "grade", "nodes");
        var design = schema.Design(Table(["", "", "", "", "", ""], ["60", "10", "2", "c", "high", "0"]));
        Enumerable.Range(0, 7).Select(j => design[0, j]).Should().BeEquivalentTo(
            [0, 0, 2 / 3.0, 1 / 3.0, 1 / 3.0, 1, 0], o => o.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
        Enumerable.Range(0, 7).Select(j => design[1, j]).Should().BeEquivalentTo(
            [0, 0, 1, 0, 1, 2, -1.0], o => o.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
    }

    [Fact]
    public void A_regressions_numbers_may_keep_their_units()
    {
        var schema = CovariateSchema.Fit(s_training, s_columns);
        var design = schema.Design(Table(["", "", "", "", "", ""], ["57", "1", "2", "c", "high", "7"]), standardised: false);
        Enumerable.Range(0, 7).Select(j => design[0, j]).Should().BeEquivalentTo(
            [60, Math.Log(10), 2 / 3.0, 1 / 3.0, 1 / 3.0, 1, Math.Log(2)],
            o => o.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
        Enumerable.Range(0, 7).Select(j => design[1, j]).Should().BeEquivalentTo(
            [57, 0, 1, 0, 1, 2, Math.Log(8)], o => o.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
    }

    [Fact]
    public void Rows_outside_training_are_encoded_with_the_training_rows_statistics()
    {
        var schema = CovariateSchema.Fit(s_training.Select([0, 1]), s_columns[..1]);
        schema.Encode(s_training).Target(2, 0).Should().BeApproximately((70 - 55) / 5.0, 1e-12);
    }

    [Fact]
    public void An_unseen_category_is_refused_with_row_and_column_or_taken_for_unknown()
    {
        var table = Table(["50", "1", "1", "d", "low", "0"]);
        FluentActions.Invoking(() => CovariateSchema.Fit(s_training, s_columns).Encode(table))
            .Should().Throw<FormatException>().WithMessage("row 1, column 'cell': 'd' is none of the levels a, b, c");
        var tolerant = s_columns.Select(column => column with { Unseen = UnseenCategory.Unknown }).ToArray();
        var encoded = CovariateSchema.Fit(s_training, tolerant).Encode(table);
        encoded.IsObserved(0, 3).Should().BeFalse();
        encoded.IsObserved(0, 4).Should().BeTrue();
        encoded.Findings.Should().Equal(
            "column 'cell' has 1 cells that are none of the levels a, b, c and are taken for missing: 'd' (row 1)");
    }

    [Theory]
    [InlineData(0, "x", "*column 'age': 'x' is not a finite number")]
    [InlineData(0, "Infinity", "*column 'age'*")]
    [InlineData(1, "0", "*column 'dose': '0' is not above 0*")]
    [InlineData(5, "1.5", "*column 'nodes': '1.5' is not a whole number*")]
    [InlineData(5, "-1", "*column 'nodes'*")]
    [InlineData(2, "3", "*column 'sex': '3' is none of the levels 1, 2")]
    [InlineData(4, "worse", "*column 'grade'*low, mid, high")]
    public void A_value_that_its_kind_cannot_have_is_refused(int column, string value, string message)
    {
        string[] row = ["50", "1", "1", "b", "low", "0"];
        row[column] = value;
        var schema = CovariateSchema.Fit(s_training, s_columns);
        FluentActions.Invoking(() => schema.Encode(Table(row)))
            .Should().Throw<FormatException>().WithMessage(message).WithMessage("row 1*");
    }

    [Fact]
    public void Columns_that_cannot_be_fitted_are_named()
    {
        var table = new PatientTable(["empty", "same", "three"], [["", "1", "1"], ["NA", "1", "2"], ["", "1", "3"]]);
        Fit("empty", CovariateKind.Continuous)
            .Should().Throw<FormatException>().WithMessage("*'empty' has no value in all 3 training rows*");
        Fit("same", CovariateKind.Binary).Should().Throw<FormatException>().WithMessage("*'same' has the levels 1;*");
        Fit("three", CovariateKind.Binary).Should().Throw<FormatException>().WithMessage("*'three' is binary, but has 3 levels: 1, 2, 3");
        Fit("nowhere", CovariateKind.Binary).Should().Throw<ArgumentException>().WithMessage("*'nowhere'*empty, same, three*");
        Fit("same", CovariateKind.Continuous).Should().NotThrow();
        FluentActions.Invoking(() => CovariateSchema.Fit(table, [])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => CovariateSchema.Fit(table, [new("same", CovariateKind.Count), new("same", CovariateKind.Count)]))
            .Should().Throw<ArgumentException>().WithMessage("*'same' is there 2 times*");

        Action Fit(string name, CovariateKind kind) => () => CovariateSchema.Fit(table, [new(name, kind)]);
    }

    [Fact]
    public void Levels_of_numbers_come_in_order_of_number()
    {
        var table = new PatientTable(["n"], [["10"], ["9"], ["2"]]);
        CovariateSchema.Fit(table, [new("n", CovariateKind.Ordinal)]).Columns[0].Levels.Should().Equal("2", "9", "10");
    }

    private static void Close(FluentAssertions.Equivalency.IAssertionContext<double> context)
        => context.Subject.Should().BeApproximately(context.Expectation, 1e-12);

    private static double[] Targets(EncodedCovariates encoded, int row)
        => [.. Enumerable.Range(0, encoded.ColumnCount).Select(j => encoded.Target(row, j))];

    private static double[] Features(EncodedCovariates encoded, int row)
        => [.. Enumerable.Range(0, encoded.FeatureCount).Select(j => encoded.Feature(row, j))];
}
