using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival.Tests.Models;

public sealed class TreatmentSetTests
{
    [Fact]
    public void Combinations_are_numbered_with_the_last_factor_changing_first()
    {
        var set = SmallStudy.Treatments;
        set.Count.Should().Be(6);
        Enumerable.Range(0, 6).Select(set.Describe).Should().Equal(
            "radiotherapy=0 regimen=A", "radiotherapy=0 regimen=B", "radiotherapy=0 regimen=C",
            "radiotherapy=1 regimen=A", "radiotherapy=1 regimen=B", "radiotherapy=1 regimen=C");
        set.Read(SmallStudy.Table).Should().Equal(0, 4, 5, 2, 3);
        set.Code(5).Should().Equal(1, 0, 1);
        set.CodeWeights().Should().Equal(3, 1, 2);
        set.Combination("1", "B").Should().Be(4);
        Enumerable.Range(0, 6).Select(set.Intensity).Should().Equal(0, 1, 2, 1, 2, 3);
    }

    [Fact]
    public void Intensities_can_be_given()
        => new TreatmentSet(new TreatmentFactor("dose") { Levels = ["none", "high"], Intensities = [0, 5] }).Intensity(1).Should().Be(5);

    [Fact]
    public void A_study_without_treatments_has_one_combination()
    {
        var set = new TreatmentSet();
        (set.Count, set.CodeWidth, set.Describe(0), set.Combination()).Should().Be((1, 0, "", 0));
        set.Read(SmallStudy.Table).Should().OnlyContain(combination => combination == 0);
    }

    [Fact]
    public void Treatments_out_of_their_set_and_sets_that_make_no_sense_are_refused()
    {
        var table = new PatientTable(["radiotherapy"], [["2"]]);
        FluentActions.Invoking(() => TreatmentSet.OfBinary("radiotherapy").Read(table)).Should().Throw<FormatException>()
            .WithMessage("row 1, column 'radiotherapy': '2' is none of the treatment's levels 0, 1");
        FluentActions.Invoking(() => TreatmentSet.OfBinary("a", "a")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new TreatmentSet(new TreatmentFactor("a") { Levels = ["x"] })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new TreatmentSet(new TreatmentFactor("a") { Intensities = [1] })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => SmallStudy.Treatments.Combination("1"))
            .Should().Throw<ArgumentException>().WithMessage("There are 1 levels for 2 treatments*");
        FluentActions.Invoking(() => SmallStudy.Treatments.Combination("1", "D"))
            .Should().Throw<ArgumentException>().WithMessage("'D' is none of the levels of 'regimen': A, B, C*");
        FluentActions.Invoking(() => SmallStudy.Treatments.Describe(6)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Patients_need_parts_of_one_length_and_known_combinations()
    {
        var data = SmallStudy.Data;
        var times = new SurvivalTimes([1.0], [true]);
        FluentActions.Invoking(() => new PatientData(data.Covariates, times))
            .Should().Throw<ArgumentException>().WithMessage("*5 patients, times of 1*");
        FluentActions.Invoking(() => new PatientData(data.Covariates, data.Response, data.Treatments))
            .Should().Throw<ArgumentException>().WithMessage("*not which patient*");
        FluentActions.Invoking(() => new PatientData(data.Covariates, data.Response, data.Treatments, [0, 1, 2, 3, 6]))
            .Should().Throw<ArgumentOutOfRangeException>();
        data.Select([4, 0]).Given.Should().Equal(3, 0);
    }
}
