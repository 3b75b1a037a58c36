namespace VaeToolkit.VisualFields.Tests.Fields;

public sealed class FieldTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fields_are_grouped_by_eye_and_put_in_the_order_of_time()
    {
        var cohort = Read("eye,visit,years,progressing,a,b,c,d", "7,1,0.5,1,10,11,12,13", "8,0,0,0,1,2,3,4", "7,0,-0.2,1,20,NA,22,-1");
        cohort.Eyes.Select(eye => eye.Eye).Should().Equal("7", "8");
        cohort.Eyes[0].Years.Should().Equal(-0.2, 0.5);
        cohort.Eyes[0].Fields[0].Sensitivities.Should().Equal(20, double.NaN, 22, -1);
        (cohort.Eyes[0].Fields[0].Missing, cohort.Eyes[0].Fields[0].AtFloor).Should().Be((1, 1));
        cohort.Eyes[0].Fields[0].MeanSensitivity.Should().BeApproximately(41.0 / 3, 1e-12);
        cohort.Eyes.Select(eye => eye.IsProgressing).Should().Equal(true, false);
        cohort.Eyes.Select(eye => eye.Patient).Should().Equal("7", "8");
    }

    [Fact]
    public void Eyes_and_patients_are_told_apart_by_value_and_missing_visits_are_none()
    {
        var cohort = Read("eye,patient,visit,years,a,b,c,d", "7,30,NA,0,1,2,3,4", "7.0,30.0,NA,1,1,2,3,4", "07,30,1,0,1,2,3,4");
        cohort.Eyes.Select(eye => (eye.Eye, eye.Count)).Should().Equal(("7", 2), ("07", 1));
        cohort.PatientCount.Should().Be(1);
    }

    [Fact]
    public void Left_eyes_are_mirrored_unless_they_are_already()
    {
        string[] lines = ["eye,patient,side,years,a,b,c,d", "1,p,OS,0,1,2,3,4", "2,p,right,0,1,2,3,4"];
        Read(lines).Eyes.Select(eye => eye.Fields[0].Sensitivities).Should().BeEquivalentTo(
            new double[][] { [2, 1, 4, 3], [1, 2, 3, 4] }, options => options.WithStrictOrdering());
        var mirrored = FieldCohort.Read(Write(lines), SmallFields.Square, new() { LeftEyes = LeftEyeColumns.Mirrored });
        mirrored.Eyes[0].Fields[0].Sensitivities.Should().Equal(1, 2, 3, 4);
        mirrored.Eyes.Select(eye => eye.Side).Should().Equal(EyeSide.Left, EyeSide.Right);
        mirrored.PatientCount.Should().Be(1);
    }

    [Theory]
    [InlineData("1,0,0,1,2,3,51", "(2), column 'd': '51' is out of range: a sensitivity must be between -5 and 50 dB")]
    [InlineData("1,0,0,1,-5.5,3,4", "(2), column 'b': '-5.5' is out of range")]
    [InlineData("1,0,0,1,2,x,4", "(2), column 'c': 'x' is not a finite number")]
    [InlineData("1,0,0,1,2,Infinity,4", "(2), column 'c': 'Infinity' is not a finite number")]
    [InlineData("1,0,NaN,1,2,3,4", "(2), column 'years': 'NaN' is missing; every field needs its time")]
    [InlineData(",0,0,1,2,3,4", "(2), column 'eye': '' names no eye")]
    [InlineData("NA,0,0,1,2,3,4", "(2), column 'eye': 'NA' names no eye")]
    [InlineData("1,0,0,,,,", "(2), column 'a': '' and all other places are missing")]
    [InlineData("1,0,0,1,2,3", "line 2 has 6 fields where the header has 7")]
    [InlineData("1,0,0,1,2,3,4\n1,0,1,1,2,3,4", "(3), column 'visit': '0' is a visit that eye 1 has already")]
    public void A_bad_row_is_named_by_file_line_and_column(string rows, string message)
    {
        var path = Write(["eye,visit,years,a,b,c,d", .. rows.Split('\n')]);
        FluentActions.Invoking(() => FieldCohort.Read(path, SmallFields.Square)).Should().Throw<FormatException>()
            .Which.Message.Should().Contain(path).And.Contain(message);
    }

    [Theory]
    [InlineData("progressing", "1", "0", "differs from the eye's first row")]
    [InlineData("progressing", "2", "2", "is neither 1 (progressing) nor 0 (stable)")]
    [InlineData("patient", "p", "q", "is of another patient")]
    [InlineData("patient", "", "", "names no patient")]
    [InlineData("patient", "?", "?", "names no patient")]
    [InlineData("side", "R", "L", "is another side")]
    [InlineData("side", "up", "up", "is neither right (R, OD) nor left (L, OS)")]
    public void Rows_of_one_eye_must_agree(string column, string first, string second, string message)
        => Reading($"eye,years,{column},a,b,c,d", $"1,0,{first},1,2,3,4", $"1,1,{second},1,2,3,4")
            .Should().Throw<FormatException>().WithMessage($"*column '{column}'*{message}*");

    [Fact]
    public void Columns_are_found_whatever_their_case_and_sides_however_they_are_written()
    {
        var cohort = Read(
            "EYE,Patient,Side,Years,Visit,Progressing,A,b,C,D", "1,p,os,0,1,1,1,2,3,4", "1,p,Left,1,2,1,1,2,3,4", "2,p,R,0,1,0,1,2,3,4",
            "2,p,right,1,2,0,1,2,3,4", "2,p,OD,2,3,0,1,2,3,4");
        cohort.Eyes.Select(eye => (eye.Side, eye.Count, eye.IsProgressing)).Should().Equal(
            (EyeSide.Left, 2, true), (EyeSide.Right, 3, false));
        cohort.Eyes[0].Fields[1].Sensitivities.Should().Equal(2, 1, 4, 3);
        cohort.PatientCount.Should().Be(1);
        Read("eye,years,Years,a,b,c,d", "1,0,5,1,2,3,4").Eyes[0].Years.Should().Equal([0], "the same case goes first");
        Reading("eye,YEARS,Years,a,b,c,d", "1,0,5,1,2,3,4").Should().Throw<FormatException>()
            .WithMessage("*(1): YEARS and Years may all be the column 'years'*");
        Reading("eye,years,a,b,c,d,V5", "1,0,1,2,3,4,5").Should().Throw<FormatException>().WithMessage("*V5 are places*");
        Reading("eye,years,Side,a,b,c,d", "1,0,up,1,2,3,4").Should().Throw<FormatException>().WithMessage("*(2), column 'Side': 'up' is*");
        var path = Write(["eye,years,laterality,a,b,c,d", "1,0,L,1,2,3,4"]);
        FieldCohort.Read(path, SmallFields.Square, new() { Side = "Laterality" }).Eyes[0].Side.Should().Be(EyeSide.Left);
        FluentActions.Invoking(() => FieldCohort.Read(path, SmallFields.Square, new() { Side = "which" })).Should().Throw<FormatException>()
            .WithMessage("*(1): there is no column 'which'*laterality*");
    }

    [Fact]
    public void Columns_must_be_those_of_the_layout()
    {
        Reading("eye,years,a,b,c", "1,0,1,2,3").Should().Throw<FormatException>().WithMessage("*no column 'd'*");
        Reading("eye,years,a,b,c,d,v5", "1,0,1,2,3,4,5").Should().Throw<FormatException>()
            .WithMessage("*v5 are places that the layout has not*");
        FluentActions.Invoking(() => FieldLayout.Read(Write(["place,x_degrees,y_degrees", "a,,0"]))).Should().Throw<FormatException>()
            .WithMessage("*(2), column 'x_degrees': '' is missing*");
        FluentActions.Invoking(() => FieldLayout.Read(Write(["place,x_degrees,y_degrees", "a,0,0", "a,1,0"])))
            .Should().Throw<FormatException>()
            .WithMessage($"*.csv: *'a' is there 2 times*");
    }

    [Fact]
    public void A_field_from_memory_is_checked_too()
    {
        FluentActions.Invoking(() => new VisualField(0, [50.5])).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*between -5 and 50 dB*50.5*");
        FluentActions.Invoking(() => new VisualField(0, [double.NegativeInfinity])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new VisualField(double.NaN, [1])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new VisualField(0, [double.NaN])).Should().Throw<ArgumentException>().WithMessage("*no value at all*");
        FluentActions.Invoking(() => new FieldCohort(FieldLayout.TwentyFourTwo, [SmallFields.Eye("e", [1, 2, 3, 4])]))
            .Should().Throw<ArgumentException>().WithMessage("*4 places*52*");
        FluentActions.Invoking(() => new FieldSeries("e", "p", [])).Should().Throw<ArgumentException>().WithMessage("*no fields*");
    }

    [Fact]
    public void A_split_keeps_both_eyes_of_a_patient_together()
    {
        var eyes = Enumerable.Range(0, 40).Select(k => new FieldSeries($"{k}", $"{k / 2}", [new(0, [1, 2, 3, 4])])).ToList();
        var cohort = new FieldCohort(SmallFields.Square, eyes);
        var (training, held) = cohort.Split(0.25, seed: 3);
        (training.PatientCount, held.PatientCount, held.Eyes.Count).Should().Be((15, 5, 10));
        training.Eyes.Select(eye => eye.Patient).Intersect(held.Eyes.Select(eye => eye.Patient)).Should().BeEmpty();
        cohort.Split(0.25, seed: 3).HeldBack.Eyes.Select(eye => eye.Eye).Should().Equal(held.Eyes.Select(eye => eye.Eye));
        cohort.Split(0.25, seed: 4).HeldBack.Eyes.Select(eye => eye.Eye).Should().NotEqual(held.Eyes.Select(eye => eye.Eye));
        foreach (var share in new[] { 0, 1, double.NaN, -3 })
            FluentActions.Invoking(() => cohort.Split(share, 1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private FieldCohort Read(params string[] lines) => FieldCohort.Read(Write(lines), SmallFields.Square);

    private Action Reading(params string[] lines) => () => Read(lines);

    private string Write(string[] lines)
    {
        var path = _folder[$"{Guid.NewGuid():N}.csv"];
        File.WriteAllLines(path, lines);
        return path;
    }
}
