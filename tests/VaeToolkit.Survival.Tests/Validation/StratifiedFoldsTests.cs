namespace VaeToolkit.Survival.Tests.Validation;

public class StratifiedFoldsTests
{
    private static readonly SurvivalTimes s_patients =
        new([.. Enumerable.Range(1, 53).Select(i => (double)i)], [.. Enumerable.Range(0, 53).Select(i => i % 3 == 0)]);

    [Fact]
    public void Every_patient_is_tested_once_a_repeat_and_folds_have_equal_shares_of_events()
    {
        var folds = StratifiedFolds.Draw(s_patients, folds: 5, repeats: 3, seed: 7);
        folds.Should().HaveCount(15);
        foreach (var repeat in folds.GroupBy(fold => fold.Repeat))
            repeat.SelectMany(fold => fold.Test).Order().Should().Equal(Enumerable.Range(0, 53));
        foreach (var fold in folds)
        {
            fold.Training.Concat(fold.Test).Order().Should().Equal(Enumerable.Range(0, 53));
            fold.Test.Count.Should().BeInRange(10, 11);
            s_patients.Select(fold.Test).EventCount.Should().BeInRange(3, 4);
        }
    }

    [Fact]
    public void A_seed_gives_the_same_folds_and_repeats_differ()
    {
        var folds = StratifiedFolds.Draw(s_patients, 5, 2, seed: 7);
        folds[0].Test.Should().Equal(StratifiedFolds.Draw(s_patients, 5, 9, seed: 7)[0].Test);
        folds[0].Test.Should().NotEqual(folds[5].Test);
        folds[0].Test.Should().NotEqual(StratifiedFolds.Draw(s_patients, 5, 2, seed: 8)[0].Test);
    }

    [Fact]
    public void Bad_numbers_are_refused()
    {
        FluentActions.Invoking(() => StratifiedFolds.Draw(s_patients, 1))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("folds");
        FluentActions.Invoking(() => StratifiedFolds.Draw(s_patients, 5, 0))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("repeats");
        FluentActions.Invoking(() => StratifiedFolds.Draw(new([1, 2, 3], [true, false, false]), 2))
            .Should().Throw<ArgumentException>().WithMessage("*1 events for 2 folds*");
    }

    [Theory]
    [InlineData(1e200)]
    [InlineData(1e-200)]
    [InlineData(2e307)]
    public void So_it_is_in_any_unit(double unit)
    {
        var mean = FoldMean.Of([1 * unit, 2 * unit, 3 * unit, 6 * unit], 0.25);
        (mean.Mean / unit).Should().BeApproximately(3, 1e-14);
        (mean.StandardError / unit).Should().BeApproximately(Math.Sqrt((0.25 + 0.25) * 14 / 3), 1e-14);
    }

    [Fact]
    public void The_corrected_standard_error_is_that_of_nadeau_and_bengio()
    {
        var mean = FoldMean.Of([1, 2, 3, 6], 0.25);
        mean.Mean.Should().Be(3);
        // s² = (4 + 1 + 0 + 9)/3
        mean.StandardError.Should().BeApproximately(Math.Sqrt((0.25 + 0.25) * 14 / 3), 1e-15);
        mean.ToString().Should().Be("3.0000 ± 1.5275 over 4 folds");
        FluentActions.Invoking(() => FoldMean.Of([], 0.25)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => FoldMean.Of([1, double.NaN], 0.25)).Should().Throw<ArgumentException>().WithMessage("*fold 1 is NaN*");
        FluentActions.Invoking(() => FoldMean.Of([1], 0)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
