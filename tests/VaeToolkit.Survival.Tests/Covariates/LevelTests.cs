namespace VaeToolkit.Survival.Tests.Covariates;

public sealed class LevelTests
{
    [Theory]
    [InlineData(UnseenCategory.Refuse)]
    [InlineData(UnseenCategory.Unknown)]
    public void The_level_1_is_the_level_1_point_0(UnseenCategory unseen)
    {
        var schema = CovariateSchema.Fit(Column("0", "1", "1"), [new("x", CovariateKind.Binary) { Unseen = unseen }]);
        Targets(schema, "0.0", "1.0", "1.", "+1", "1e0", "").Should().Equal(0, 1, 1, 1, 1, double.NaN);
        var back = CovariateSchema.Fit(Column("0.0", "1.0"), [new("x", CovariateKind.Categorical) { Unseen = unseen }]);
        Targets(back, "1", "0").Should().Equal(1, 0);
    }

    [Fact]
    public void Spellings_of_one_number_are_one_level_in_fits_guesses_and_explicit_lists()
    {
        var mixed = Column("0", "0.0", "1", "1.00", "0");
        CovariateColumn.Guess(mixed).Should().ContainSingle().Which.Kind.Should().Be(CovariateKind.Binary);
        CovariateSchema.Fit(mixed, [new("x", CovariateKind.Ordinal)]).Columns[0].Levels.Should().Equal("0", "1");
        CovariateColumn.Guess(Column("2", "2.0")).Should().BeEmpty();
        FluentActions.Invoking(() => CovariateSchema.Fit(mixed, [new("x", CovariateKind.Binary) { Levels = ["1", "1.0"] }]))
            .Should().Throw<FormatException>();
    }

    [Fact]
    public void Numbers_of_one_value_are_one_level_but_for_versions()
    {
        var numbers = CovariateSchema.Fit(Column("1.1", "1.10", "1.2"), [new("x", CovariateKind.Categorical)]);
        numbers.Columns[0].Levels.Should().Equal("1.1", "1.2");
        Targets(numbers, "1.10", "1.20").Should().Equal(0, 1);
        var versions = CovariateSchema.Fit(Column("1.1", "1.10", "1.10.2"), [new("x", CovariateKind.Categorical)]);
        versions.Columns[0].Levels.Should().Equal("1.1", "1.10", "1.10.2");
        Targets(versions, "1.10", "1.1").Should().Equal(1, 0);
        FluentActions.Invoking(() => Targets(versions, "1.100")).Should().Throw<FormatException>();
    }

    [Fact]
    public void Text_and_long_identifiers_stay_what_they_are()
    {
        var schema = CovariateSchema.Fit(Column("12345678901234567", "12345678901234568", "a"), [new("x", CovariateKind.Categorical)]);
        schema.Columns[0].Levels.Should().HaveCount(3);
        // Nor have a double and a decimal so many digits.
        string[] ids = ["1234567890123456789012345678901", "1234567890123456789012345678902", "a"];
        var longer = CovariateSchema.Fit(Column(ids), [new("x", CovariateKind.Categorical)]);
        Targets(longer, "1234567890123456789012345678902", "1234567890123456789012345678901.0", "a").Should().Equal(1, 0, 2);
        FluentActions.Invoking(() => Targets(schema, "A")).Should().Throw<FormatException>();
    }

    [Fact]
    public void Treatments_are_read_by_value()
    {
        var table = new PatientTable(["drug", "dose"], [["1.0", "10"], ["0.0", "2.50"]]);
        var set = new TreatmentSet(new TreatmentFactor("drug"), new TreatmentFactor("dose") { Levels = ["2.5", "10.0"] });
        set.Read(table).Should().Equal(3, 0);
        set.Combination("1.0", "10").Should().Be(3);
        FluentActions.Invoking(() => new TreatmentSet(new TreatmentFactor("drug") { Levels = ["1", "1.0"] }))
            .Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => set.Read(new PatientTable(["drug", "dose"], [["2", "10"]]))).Should().Throw<FormatException>();
        set.IsSameAs(new TreatmentSet(
            new TreatmentFactor("drug") { Levels = ["0.0", "1.0"] }, new TreatmentFactor("dose") { Levels = ["2.5", "10"] }))
            .Should().BeTrue();
    }

    [Fact]
    public void Treatments_of_which_one_is_a_version_are_the_same_as_they_are_written()
    {
        var set = Versions("1.1", "1.10", "1.10.2");
        set.IsSameAs(Versions("1.1", "1.10", "1.10.2")).Should().BeTrue();
        set.IsSameAs(Versions("1.10", "1.1", "1.10.2")).Should().BeFalse();
        Versions("1.1", "2").IsSameAs(Versions("1.10", "2.0")).Should().BeTrue();

        static TreatmentSet Versions(params string[] levels) => new(new TreatmentFactor("drug") { Levels = levels });
    }

    private static double[] Targets(CovariateSchema schema, params string[] cells)
    {
        var encoded = schema.Encode(Column(cells));
        return [.. Enumerable.Range(0, cells.Length).Select(row => encoded.Target(row, 0))];
    }

    private static PatientTable Column(params string[] cells) => new(["x"], [.. cells.Select(cell => new[] { cell })]);
}
