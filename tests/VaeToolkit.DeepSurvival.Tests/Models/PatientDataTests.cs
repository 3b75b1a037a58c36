using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival.Tests.Models;

public sealed class PatientDataTests
{
    private static readonly PatientTable s_table = new(["age", "time", "event"], [["50", "0", "1"], ["60", "2", "0"]]);
    private static readonly CovariateSchema s_schema = CovariateSchema.Fit(s_table, [new("age", CovariateKind.Continuous)]);

    [Fact]
    public void Times_of_zero_are_read_as_the_errors_advice_says()
    {
        FluentActions.Invoking(() => PatientData.Read(s_table, s_schema, "time", "event"))
            .Should().Throw<FormatException>().WithMessage("row 1, column 'time': '0' is not a time above 0*timeFloor*");
        var data = PatientData.Read(s_table, s_schema, "time", "event", timeFloor: 0.5);
        data.Response.Times.ToArray().Should().Equal(0.5, 2);
        data.Response.Events.ToArray().Should().Equal(true, false);
        FluentActions.Invoking(() => PatientData.Read(s_table, s_schema, "time", "event", timeFloor: 0))
            .Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_time_of_zero_from_memory_is_refused_with_the_way_out()
        => FluentActions.Invoking(() => new SurvivalTimes([1, 0], [true, true]))
            .Should().Throw<ArgumentException>().WithMessage("Time 1 is 0;*leave the patient out, or give half of the smallest unit*");
}
