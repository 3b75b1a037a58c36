using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.VisualFields.Tests.Rates;

public sealed class RandomSlopesTests
{
    private static readonly FieldLayout s_pair = new([("a", -3, 3), ("b", 3, 3)]);
    private static readonly PlacewiseSpace s_space = new(s_pair);
    private static readonly double[] s_years = [0, 0.5, 1.2, 2, 3.1];

    [Fact]
    public void An_eyes_line_is_the_mean_of_the_normal_distribution_given_its_fields()
    {
        var mean = Vector<double>.Build.Dense([25, 22, -1, -0.5]);
        var between = Spread(4, 7, 4);
        var noise = Spread(2, 8, 3);
        var model = new RandomSlopes(s_space, mean, between, noise, origin: 1.1);
        var eye = new FieldSeries("e", "p", [new(10, [24, 20]), new(10.4, [23, 23]), new(11.7, [20, 19])]);
        // All numbers of the eye in one vector: y = X (a, b) + e.
        var design = Matrix<double>.Build.Dense(6, 4, (i, j) => i % 2 != j % 2 ? 0 : j < 2 ? 1 : eye.Years[i / 2] - 10 - 1.1);
        var covariance = design * between * design.Transpose()
            + Matrix<double>.Build.Dense(6, 6, (i, j) => i / 2 == j / 2 ? noise[i % 2, j % 2] : 0);
        var y = Vector<double>.Build.DenseOfEnumerable(eye.Fields.SelectMany(field => field.Sensitivities));
        var expected = mean + between * design.Transpose() * covariance.Inverse() * (y - design * mean);
        (model.Line(eye) - expected).AbsoluteMaximum().Should().BeLessThan(1e-9);
        var at = 15 - 10 - 1.1;
        model.Forecast(eye, 15).Sensitivities[0].Should().BeApproximately(expected[0] + at * expected[2], 1e-9);
        model.Forecast(eye, 9).IsBeforeFirstVisit.Should().BeTrue();
    }

    [Fact]
    public void The_cohorts_parameters_are_found_again()
    {
        // Two numbers of 600 eyes: standard errors of a mean slope 0.02, of a variance its size × √(2 / 600) = 6 %.
        var random = SplitMix64.For(8, 1);
        var eyes = new List<FieldSeries>();
        for (var eye = 0; eye < 600; eye++)
        {
            double[] level = [random.Normal(3) + 25, random.Normal(3) + 22];
            double[] slope = [random.Normal(0.5) - 1, random.Normal(0.5)];
            eyes.Add(new($"{eye}", $"{eye}", [.. s_years.Select(time => new VisualField(
                time, [.. Enumerable.Range(0, 2).Select(m => level[m] + slope[m] * time + random.Normal(1))]))]));
        }
        var steps = new Steps();
        var model = RandomSlopes.Fit(s_space, new(s_pair, eyes), progress: steps);
        model.Mean[2].Should().BeApproximately(-1, 0.09);
        model.Mean[3].Should().BeApproximately(0, 0.09);
        for (var m = 0; m < 2; m++)
        {
            model.Noise[m, m].Should().BeApproximately(1, 0.15);
            model.Between[2 + m, 2 + m].Should().BeApproximately(0.25, 0.08);
        }
        model.Origin.Should().BeApproximately(s_years.Average(), 1e-9);
        steps.Values.Should().HaveCountGreaterThan(5).And.BeInAscendingOrder();
    }

    [Fact]
    public void Times_that_are_one_but_for_rounding_and_a_number_that_never_changes_do_no_harm()
    {
        var cohort = SmallFields.Cohort(s_pair, 20, 4, -1, seed: 3, years: [0, 0.5, 1.2, 2]);
        var expected = RandomSlopes.Fit(s_space, cohort);
        var one = new FieldSeries("one", "one", [.. Enumerable.Range(0, 3).Select(k => new VisualField(2020.1 + k * 2.5e-13, [k, 3]))]);
        var found = RandomSlopes.Fit(s_space, new(s_pair, [.. cohort.Eyes, one]));
        (found.Mean - expected.Mean).L2Norm().Should().Be(0);
        (found.Noise - expected.Noise).L2Norm().Should().Be(0);
        // Ten times 0.1 by ten sums, and 0.1: one number.
        double[] constants = [0.1, 0.3 - 0.2, 1.1 - 1, 0.1];
        var constant = RandomSlopes.Fit(s_space, Second((_, k) => constants[k]));
        var exact = RandomSlopes.Fit(s_space, Second((_, _) => 0.1));
        (constant.Mean - exact.Mean).AbsoluteMaximum().Should().BeLessThan(1e-9);
        (constant.Noise - exact.Noise).L2Norm().Should().BeLessThan(1e-9);

        FieldCohort Second(Func<FieldSeries, int, double> value) => new(s_pair, [.. cohort.Eyes.Select(eye => new FieldSeries(
            eye.Eye, eye.Patient, [.. eye.Fields.Select((field, k) => new VisualField(
                field.Years, [field.Sensitivities[0], value(eye, k)]))]))]);
    }

    [Fact]
    public void The_reported_likelihood_is_that_of_the_normal_distribution()
    {
        var eyes = SmallFields.Cohort(s_pair, 7, 4, -1, seed: 3, years: [0, 0.5, 1.2, 2]).Eyes;
        double[][] times = [.. eyes.Select(eye => eye.Years.ToArray())];
        double[][] numbers = [.. eyes.SelectMany(eye => s_space.Encode(eye.Fields))];
        var estimate = new SlopesEstimate(2, times, numbers);
        estimate.Step();
        var (mean, between, noise) = (estimate.Mean, estimate.Between, estimate.Noise);
        var expected = 0.0;
        for (var eye = 0; eye < times.Length; eye++)
        {
            var design = Matrix<double>.Build.Dense(8, 4, (i, j) => i % 2 != j % 2 ? 0 : j < 2 ? 1 : times[eye][i / 2]);
            var covariance = design * between * design.Transpose()
                + Matrix<double>.Build.Dense(8, 8, (i, j) => i / 2 == j / 2 ? noise[i % 2, j % 2] : 0);
            var off = Vector<double>.Build.DenseOfEnumerable(numbers.Skip(4 * eye).Take(4).SelectMany(row => row)) - design * mean;
            expected -= 0.5 * (8 * Math.Log(2 * Math.PI) + Math.Log(covariance.Determinant()) + off * (covariance.Inverse() * off));
        }
        estimate.Step().Should().BeApproximately(expected / 28, 1e-9);
    }

    [Fact]
    public void Few_fields_say_little_and_many_say_all()
    {
        var cohort = SmallFields.Cohort(s_pair, 60, 8, -1, seed: 3);
        var model = RandomSlopes.Fit(s_space, cohort);
        var one = model.Line(cohort.Eyes[0].First(1));
        Math.Abs(one[2] - model.Mean[2]).Should().BeLessThan(0.2, "one field says nothing of the slope but through the level");
        var many = new FieldSeries("many", "p", [.. Enumerable.Range(0, 2000).Select(i
            => new VisualField(i * 0.01, [25 + i * 0.01, 10 + i * 0.01]))]);
        model.Line(many)[2].Should().BeApproximately(1, 0.05);
        model.Line(many)[3].Should().BeApproximately(1, 0.05);
    }

    [Fact]
    public void Constant_eyes_stay_as_they_are()
    {
        var constant = new FieldCohort(s_pair, [.. Enumerable.Range(0, 5).Select(k
            => SmallFields.Eye($"{k}", [20 + k, 9], [20 + k, 9], [20 + k, 9]))]);
        var forecast = RandomSlopes.Fit(s_space, constant).Forecast(constant.Eyes[3], 7);
        forecast.Sensitivities[0].Should().BeApproximately(23, 0.01);
        forecast.Sensitivities[1].Should().BeApproximately(9, 0.01);
    }

    [Theory]
    [InlineData(365.25)]
    [InlineData(1 / 1024.0)]
    public void The_unit_of_time_does_not_matter(double unit)
    {
        // Slopes that hardly differ: the floor of their variance counts.
        var eyes = SmallFields.Cohort(s_pair, 12, 5, -1, seed: 3).Eyes;
        FieldCohort In(double scale) => new(s_pair, [.. eyes.Select(eye => new FieldSeries(
            eye.Eye, eye.Patient, [.. eye.Fields.Select(field => new VisualField(field.Years * scale, field.Sensitivities))]))]);
        var (model, scaled) = (RandomSlopes.Fit(s_space, In(1)), RandomSlopes.Fit(s_space, In(unit)));
        scaled.Origin.Should().BeApproximately(model.Origin * unit, 1e-9 * unit);
        for (var i = 0; i < 4; i++)
        {
            for (var j = 0; j < 4; j++)
            {
                var times = (i < 2 ? 1 : unit) * (j < 2 ? 1 : unit);
                (scaled.Between[i, j] * times).Should().BeApproximately(
                    model.Between[i, j], 1e-6 * Math.Sqrt(model.Between[i, i] * model.Between[j, j]));
            }
        }
        var at = eyes[4].Fields[^1].Years + 3;
        scaled.Forecast(In(unit).Eyes[4], at * unit).Sensitivities.Zip(model.Forecast(In(1).Eyes[4], at).Sensitivities)
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
    }

    [Fact]
    public void What_cannot_be_estimated_is_refused()
    {
        var short_ = new FieldCohort(s_pair, [.. Enumerable.Range(0, 5).Select(k => SmallFields.Eye($"{k}", [k, 9]))]);
        FluentActions.Invoking(() => RandomSlopes.Fit(s_space, short_)).Should().Throw<ArgumentException>().WithMessage("0 of 5 eyes*");
        var gaps = new FieldCohort(s_pair, [.. Enumerable.Range(0, 5).Select(k => SmallFields.Eye($"{k}", [k, double.NaN], [k, 9]))]);
        FluentActions.Invoking(() => RandomSlopes.Fit(s_space, gaps)).Should().Throw<ArgumentException>().WithMessage("*missing*");
        var cohort = SmallFields.Cohort(s_pair, 9, 3, 0, seed: 1);
        FluentActions.Invoking(() => RandomSlopes.Fit(s_space, cohort, new() { MaxIterations = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => RandomSlopes.Fit(s_space, cohort, cancellationToken: new(canceled: true)))
            .Should().Throw<OperationCanceledException>();
        FluentActions.Invoking(() => RandomSlopes.Fit(s_space, cohort).Forecast(cohort.Eyes[0], double.PositiveInfinity))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    private static Matrix<double> Spread(int size, long seed, double scale)
    {
        var random = SplitMix64.For(seed, size);
        var root = Matrix<double>.Build.Dense(size, size, (_, _) => random.Normal(1));
        return (root * root.Transpose() + Matrix<double>.Build.DenseIdentity(size)) * scale;
    }

    private sealed class Steps : IProgress<(int Iteration, double LogLikelihood)>
    {
        public List<double> Values { get; } = [];

        public void Report((int Iteration, double LogLikelihood) value) => Values.Add(value.LogLikelihood);
    }
}
