using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.VisualFields.Tests.Progression;

public sealed class ProgressionTestTests
{
    private static readonly PlacewiseSpace s_places = new(SmallFields.Square);

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    public void Five_per_cent_of_stable_eyes_are_called_progressing(int visits)
    {
        // 1,000 eyes: a standard error of 0.7 %. The noise differs between fields, which a t-test does not know.
        var cohort = SmallFields.Cohort(SmallFields.Square, 1000, visits, slope: 0, seed: 11);
        var test = ProgressionTest.Calibrate(s_places, cohort, new() { MostOrders = 499 });
        var share = cohort.Eyes.Count(eye => test.Run(eye).IsProgressing) / 1000.0;
        share.Should().BeInRange(0.03, 0.07);
    }

    [Fact]
    public void Eyes_that_fall_are_found_and_those_that_rise_are_not()
    {
        var noise = SmallFields.Cohort(SmallFields.Square, 200, 6, slope: 0, seed: 2);
        var test = ProgressionTest.Calibrate(s_places, noise);
        var falling = SmallFields.Cohort(SmallFields.Square, 100, 6, slope: -3, seed: 3);
        var rising = SmallFields.Cohort(SmallFields.Square, 100, 6, slope: 3, seed: 4);
        falling.Eyes.Count(eye => test.Run(eye).IsProgressing).Should().BeGreaterThan(95);
        rising.Eyes.Count(eye => test.Run(eye).IsProgressing).Should().Be(0);
        falling.Eyes.Count(eye => test.SingleSlopes(eye).IsProgressing).Should().BeGreaterThan(50);
        rising.Eyes.Count(eye => test.SingleSlopes(eye).IsProgressing).Should().Be(0);
    }

    [Fact]
    public void The_statistic_is_the_slopes_length_by_the_noise_and_p_counts_all_orders()
    {
        var cohort = SmallFields.Cohort(SmallFields.Square, 30, 5, slope: -1, seed: 5, years: [0, 0.4, 1.3, 1.5, 2.9]);
        var test = ProgressionTest.Calibrate(s_places, cohort);
        var eye = cohort.Eyes[3];
        var result = test.Run(eye);
        var expected = Statistic(test.Noise, [.. eye.Years], [.. eye.Fields]);
        result.Statistic.Should().BeApproximately(expected, 1e-9 * Math.Abs(expected));
        var orders = Orders([.. eye.Fields]).Select(fields => Statistic(test.Noise, [.. eye.Years], fields)).ToList();
        (result.Orders, result.AreAllOrders, result.CanReject).Should().Be((120, true, true));
        result.PValue.Should().BeApproximately(orders.Count(statistic => statistic >= expected - 1e-9) / 120.0, 1e-12);
        result.MeanSensitivityRate.Should().BeApproximately(
            LinearRate.Fit(eye.Years, [.. eye.Fields.Select(field => field.MeanSensitivity)]).Slope, 1e-9);
    }

    [Fact]
    public void A_straight_fall_over_four_visits_is_one_of_24_orders()
    {
        var test = ProgressionTest.Calibrate(s_places, SmallFields.Cohort(SmallFields.Square, 30, 5, 0, seed: 6));
        var result = test.Run(SmallFields.Eye("e", [30, 30, 30, 30], [25, 25, 25, 25], [20, 20, 20, 20], [15, 15, 15, 15]));
        (result.PValue, result.IsProgressing).Should().Be((1 / 24.0, true));
        var three = test.Run(SmallFields.Eye("e", [30, 30, 30, 30], [25, 25, 25, 25], [20, 20, 20, 20]));
        (three.PValue, three.CanReject, three.IsProgressing).Should().Be((1 / 6.0, false, false));
        var constant = test.Run(SmallFields.Eye("e", [.. Enumerable.Repeat<double[]>([20, 20, 20, 20], 5)]));
        (constant.PValue, constant.MeanSensitivityRate, constant.IsProgressing).Should().Be((1, 0, false));
    }

    [Fact]
    public void Drawn_orders_agree_with_all_of_them()
    {
        var cohort = SmallFields.Cohort(SmallFields.Square, 20, 6, slope: -0.7, seed: 9);
        var all = ProgressionTest.Calibrate(s_places, cohort);
        var drawn = ProgressionTest.Calibrate(s_places, cohort, new() { MostOrders = 700, Seed = 3 });
        foreach (var eye in cohort.Eyes)
        {
            var (exact, some) = (all.Run(eye), drawn.Run(eye));
            (exact.Orders, exact.AreAllOrders, some.Orders, some.AreAllOrders).Should().Be((720, true, 700, false));
            var error = Math.Sqrt(exact.PValue * (1 - exact.PValue) / 700);
            some.PValue.Should().BeApproximately(exact.PValue, 5 * error + 2 / 700.0);
        }
    }

    [Fact]
    public void Bonferroni_multiplies_the_smallest_p_value()
    {
        var cohort = SmallFields.Cohort(SmallFields.Square, 20, 6, slope: -1, seed: 9);
        var result = ProgressionTest.Calibrate(s_places, cohort).SingleSlopes(cohort.Eyes[1]);
        var smallest = Enumerable.Range(0, 4)
            .Min(k => LinearRate.Fit(cohort.Eyes[1].Years, [.. cohort.Eyes[1].Fields.Select(field
                => field.Sensitivities[k])]).PValue!.Value);
        result.PValue.Should().Be(Math.Min(1, 4 * smallest));
    }

    [Fact]
    public void Places_that_balance_are_no_fall_whatever_rounding_says()
    {
        var test = ProgressionTest.Calibrate(s_places, SmallFields.Cohort(SmallFields.Square, 30, 5, 0, seed: 6));
        foreach (var step in new[] { 0.1, 0.3, 0.7, 1.1, 2.3 })
        {
            // Two fall as fast as two rise.
            var eye = SmallFields.Eye("e", [.. Enumerable.Range(0, 5).Select(visit => (double[])
                [30 - step * visit, 20.1 + step * visit, 25.3 - step * visit * 0.1, 10 + step * visit * 0.1])]);
            var result = test.Run(eye);
            (result.MeanSensitivityRate, result.IsProgressing).Should().Be((0, false));
            result.Statistic.Should().BeNegative();
            (test.SingleSlopes(eye).MeanSensitivityRate, test.SingleSlopes(eye).IsProgressing).Should().Be((0, false));
        }
    }

    [Fact]
    public void A_number_without_noise_of_its_own_is_refused_by_name_and_times_that_are_one_say_nothing()
    {
        var cohort = SmallFields.Cohort(SmallFields.Square, 20, 5, 0, seed: 1);
        Refused(With((values, years) => [values[0], values[1], 30.1 - 0.1 * years, values[3]]), "number 2*never changes but along a line*");
        Refused(With((values, _) => [values[0], values[1], values[0], values[3]]), "number 2*only as those before it*");
        Refused(With((values, _) => [values[0], values[1], values[2], (values[0] + values[2]) / 2]), "number 3*only as those before it*");
        var expected = ProgressionTest.Calibrate(s_places, cohort).Noise;
        var sameTimes = new FieldSeries("one", "one",
            [.. Enumerable.Range(0, 3).Select(k => new VisualField(2020.1 + k * 2.5e-13, [1, 2, k, 4]))]);
        var more = new FieldCohort(SmallFields.Square, [.. cohort.Eyes, sameTimes]);
        (ProgressionTest.Calibrate(s_places, more).Noise - expected).L2Norm().Should().Be(0);

        FieldCohort With(Func<IReadOnlyList<double>, double, double[]> values) => new(SmallFields.Square, [.. cohort.Eyes.Select(eye
            => new FieldSeries(eye.Eye, eye.Patient, [.. eye.Fields.Select(field => new VisualField(
                field.Years, values(field.Sensitivities, field.Years)))]))]);

        static void Refused(FieldCohort cohort, string message) => FluentActions.Invoking(() => ProgressionTest.Calibrate(s_places, cohort))
            .Should().Throw<ArgumentException>().WithParameterName(nameof(cohort)).WithMessage(message);
    }

    [Fact]
    public void What_cannot_be_tested_is_refused()
    {
        var cohort = SmallFields.Cohort(SmallFields.Square, 20, 4, 0, seed: 1);
        var test = ProgressionTest.Calibrate(s_places, cohort);
        FluentActions.Invoking(() => test.Run(cohort.Eyes[0].First(2))).Should().Throw<ArgumentException>()
            .WithMessage("*has 2 fields; two give a rate, but a test needs three*");
        FluentActions.Invoking(() => test.Run(cohort.Eyes[0].First(1))).Should().Throw<ArgumentException>()
            .WithMessage("*a rate of change needs two*");
        FluentActions.Invoking(() => test.SingleSlopes(new("e", "p", [.. Enumerable.Repeat(new VisualField(1, [1, 2, 3, 4]), 3)])))
            .Should().Throw<ArgumentException>().WithMessage("*two different times*");
        FluentActions.Invoking(() => test.Run(SmallFields.Eye("e", [1, 2, 3, double.NaN], [1, 2, 3, 4], [1, 2, 3, 4])))
            .Should().Throw<ArgumentException>().WithMessage("*missing*");
        FluentActions.Invoking(() => ProgressionTest.Calibrate(s_places, new(SmallFields.Square, [cohort.Eyes[0].First(2)])))
            .Should().Throw<ArgumentException>().WithMessage("*0 degrees of freedom*");
        var straight = new FieldCohort(SmallFields.Square, [.. Enumerable.Range(0, 5).Select(k => SmallFields.Eye(
            $"{k}", [k, 2, 3, 4], [k, 2, 3, 4], [k, 2, 3, 4]))]);
        FluentActions.Invoking(() => ProgressionTest.Calibrate(s_places, straight)).Should().Throw<ArgumentException>()
            .WithMessage("*number 0*never changes*");
        FluentActions.Invoking(() => ProgressionTest.Calibrate(s_places, cohort, new() { Level = 1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ProgressionTest.Calibrate(s_places, cohort, new() { MostOrders = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    private static IEnumerable<VisualField[]> Orders(VisualField[] fields) => fields.Length == 1 ? [fields]
        : fields.SelectMany((first, i) => Orders([.. fields.Where((_, j) => j != i)]).Select(rest => (VisualField[])[first, .. rest]));

    private static double Statistic(Matrix<double> noise, double[] years, VisualField[] fields)
    {
        var rates = Enumerable.Range(0, 4).Select(k => LinearRate.Fit(years, [.. fields.Select(field => field.Sensitivities[k])])).ToList();
        var slopes = Vector<double>.Build.DenseOfEnumerable(rates.Select(rate => rate.Slope));
        var spread = years.Sum(time => Math.Pow(time - years.Average(), 2));
        var statistic = slopes * (noise / spread).Inverse() * slopes / 4;
        return slopes.Sum() < 0 ? statistic : -statistic;
    }
}
