namespace VaeToolkit.VisualFields.Tests.Fields;

public sealed class FieldLayoutTests
{
    [Fact]
    public void The_24_2_pattern_has_52_places_in_8_rows_and_9_columns_in_the_middle()
    {
        var layout = FieldLayout.TwentyFourTwo;
        layout.Count.Should().Be(52);
        layout.Places.GroupBy(place => place.Row).OrderBy(row => row.Key).Select(row => (row.Key, row.Count()))
            .Should().Equal((2, 4), (3, 6), (4, 8), (5, 8), (6, 8), (7, 8), (8, 6), (9, 4));
        (layout.Places.Min(place => place.Column), layout.Places.Max(place => place.Column)).Should().Be((1, 9));
        layout.Places.Should().NotContain(place => place.X == 15 && Math.Abs(place.Y) == 3);
        layout.Places[18].Should().Be(new FieldPlace("v18", -27, 3, 5, 1));
    }

    [RealDataFact("visual-fields/places.csv")]
    public void The_file_of_places_is_the_built_in_pattern()
        => FieldLayout.Read(Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "visual-fields", "places.csv")).Places
            .Should().Equal(FieldLayout.TwentyFourTwo.Places);

    [Fact]
    public void The_blind_spot_is_a_column_and_no_place()
    {
        var layout = new FieldLayout([("v0", 9, 3), ("v1", 15, 3), ("v2", 21, 3), ("v3", 15, -3)]);
        layout.Places.Select(place => place.Name).Should().Equal("v0", "v2");
        layout.Columns.Should().Equal("v0", "v1", "v2", "v3");
        layout.FromRightEye([30, 1, 20, 2]).Should().Equal(30, 20);
        FluentActions.Invoking(() => layout.FromRightEye([1, 2])).Should().Throw<ArgumentException>().WithMessage("*2 values*4 columns*");
    }

    [Fact]
    public void Degrees_that_were_reckoned_are_those_that_are_meant()
    {
        var layout = new FieldLayout([("v0", 0.1 + 0.2, 3), ("v1", 0.3, -3), ("v2", 0.6, 3 + 1e-12), ("v3", 5 * 3.0000000000000004, 3)]);
        layout.Places.Select(place => (place.Name, place.X, place.Y)).Should().Equal(("v0", 0.3, 3), ("v1", 0.3, -3), ("v2", 0.6, 3));
        Making(("a", 0.1 + 0.2, 0), ("b", 0.3, 0)).Should().Throw<ArgumentException>().WithMessage("*a and b are both at (0.3°, 0°)*");
    }

    [Fact]
    public void A_left_eye_is_mirrored_row_by_row()
    {
        var layout = FieldLayout.TwentyFourTwo;
        // A left eye's reading order: its own x is the right eye's with another sign.
        var read = layout.Places.OrderByDescending(place => place.Y).ThenBy(place => -place.X).ToList();
        var mirrored = layout.FromLeftEye([.. read.Select(place => place.X + 100 * place.Y)]);
        mirrored.Should().Equal(layout.Places.Select(place => place.X + 100 * place.Y));
        // The row at 3° begins with the place beyond the blind spot in a left eye.
        layout.FromLeftEye([.. Enumerable.Range(0, 52).Select(k => (double)k)])[25].Should().Be(18);
    }

    [Fact]
    public void Places_on_no_grid_or_twice_are_refused()
    {
        Making(("a", 0, 0), ("b", 6, 0), ("c", 15, 0)).Should().Throw<ArgumentException>().WithMessage("*columns are 0, 6, 15*grid*");
        Making([.. Enumerable.Range(0, 13).Select(k => ($"{k}", (double)k, 0.0))]).Should().Throw<ArgumentException>()
            .WithMessage("*at most 12*");
        Making(("a", 0, 0), ("b", 0, 0)).Should().Throw<ArgumentException>().WithMessage("*a and b are both at (0°, 0°)*");
        Making(("a", 0, 0), ("a", 1, 0)).Should().Throw<ArgumentException>().WithMessage("*'a' is there 2 times*");
        Making(("a", 15, 3)).Should().Throw<ArgumentException>().WithMessage("*no places*");
        Making(("a", double.NaN, 0), ("b", 1, 0)).Should().Throw<ArgumentException>();
    }

    private static Action Making(params (string, double, double)[] columns) => () => _ = new FieldLayout(columns);
}
