using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.VisualFields.Tests.Rates;

public sealed class EyeRatesTests
{
    private static readonly PlacewiseSpace s_places = new(SmallFields.Square);

    [Fact]
    public void An_affine_decoder_of_fitted_latents_is_least_squares_of_projected_fields()
    {
        var space = new AffineSpace(SmallFields.Square, 2);
        var eye = SmallFields.Cohort(SmallFields.Square, 1, 5, -1, seed: 4, years: [0, 0.3, 1.1, 1.9, 3.2]).Eyes[0];
        var projected = space.Decode(space.Encode(eye.Fields));
        foreach (var time in new[] { 0.7, 4.5 })
        {
            var expected = Enumerable.Range(0, 4).Select(k => LinearRate.Fit(eye.Years, [.. projected.Select(row
                => row[k])]).At(time)).ToList();
            var forecast = EyeRates.Of(space, eye).Forecast(time).Sensitivities;
            for (var k = 0; k < 4; k++)
                forecast[k].Should().BeApproximately(expected[k], 1e-10);
        }
    }

    [Fact]
    public void A_constant_eye_stays_as_it_is()
    {
        var rates = EyeRates.Of(s_places, SmallFields.Eye("e", [1, 20, 38, -2], [1, 20, 38, -2], [1, 20, 38, -2]));
        rates.Rates.Select(rate => rate.Slope).Should().OnlyContain(slope => slope == 0);
        rates.Forecast(9).Sensitivities.Should().Equal(1, 20, 38, -2);
        rates.Forecast(9).AtFloor.Should().Be(3);
    }

    [Fact]
    public void A_forecast_keeps_to_what_a_perimeter_shows_and_says_when_it_looks_back()
    {
        var rates = EyeRates.Of(s_places, SmallFields.Eye("e", [30, 10, 20, 20], [32, 6, 20, 20]));
        rates.HasErrors.Should().BeFalse();
        var forecast = rates.Forecast(2);
        forecast.Sensitivities.Should().Equal(35, 0, 20, 20);
        (forecast.IsBeforeFirstVisit, forecast.AtFloor).Should().Be((false, 0));
        rates.Forecast(-0.25).IsBeforeFirstVisit.Should().BeTrue();
        rates.Forecast(-0.25).Sensitivities.Should().Equal(29, 12, 20, 20);
        FluentActions.Invoking(() => rates.Forecast(double.NaN)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*finite number of years*");
    }

    [Fact]
    public void Too_few_fields_or_times_are_refused_by_name()
    {
        FluentActions.Invoking(() => EyeRates.Of(s_places, SmallFields.Eye("left 7", [1, 2, 3, 4])))
            .Should().Throw<ArgumentException>().WithMessage("eye left 7 has 1 field*");
        var repeated = new FieldSeries("e", "p", [new(2, [1, 2, 3, 4]), new(2, [1, 2, 3, 5])]);
        FluentActions.Invoking(() => EyeRates.Of(s_places, repeated)).Should().Throw<ArgumentException>()
            .WithMessage("*all 2 fields of eye e*year 2*");
        FluentActions.Invoking(() => EyeRates.Of(s_places, SmallFields.Eye("e", [1, 2, 3, 4], [1, 2, 3, 4]), RateWeights.InverseVariance))
            .Should().Throw<NotSupportedException>().WithMessage("*knows no variances*");
    }

    [Fact]
    public void A_place_with_too_few_values_is_named_with_its_eye()
    {
        var (gap, eye) = (double.NaN, "left 7");
        FluentActions.Invoking(() => EyeRates.Of(s_places, SmallFields.Eye(eye, [1, 2, 3, 4], [1, gap, 3, 5], [1, gap, 3, 5])))
            .Should().Throw<ArgumentException>().WithParameterName("eye")
            .WithMessage("eye left 7, place b: 1 of 3 values are there; a line needs two*");
        var repeated = new FieldSeries(eye, "p", [new(2, [1, 2, 3, 4]), new(2, [1, 2, 3, 5]), new(3, [1, 2, gap, 5])]);
        FluentActions.Invoking(() => EyeRates.Of(s_places, repeated)).Should().Throw<ArgumentException>()
            .WithMessage("eye left 7, place c: all values are of year 2; a line needs two different times*");
    }

    [Fact]
    public void The_error_of_a_forecast_counts_the_places_that_are_there()
    {
        var forecast = EyeRates.Of(s_places, SmallFields.Eye("e", [10, 10, 10, 10], [10, 10, 10, 10])).Forecast(1);
        forecast.MeanAbsoluteError(new(1, [12, double.NaN, 9, 10])).Should().Be(1);
        FluentActions.Invoking(() => forecast.MeanAbsoluteError(new(1, [1]))).Should().Throw<ArgumentException>();
    }

    /// <summary>Fields by a projection on M fixed directions, and exactly back.</summary>
    private sealed class AffineSpace : FieldSpace
    {
        private readonly Matrix<double> _weights;
        private readonly Vector<double> _mean;
        private readonly Matrix<double> _inverse;

        public AffineSpace(FieldLayout layout, int size)
            : base(layout)
        {
            var random = SplitMix64.For(1, size);
            _weights = Matrix<double>.Build.Dense(layout.Count, size, (_, _) => random.Normal(1));
            _mean = Vector<double>.Build.Dense(layout.Count, k => 15 + k);
            _inverse = _weights.PseudoInverse();
        }

        public override int Size => _weights.ColumnCount;

        protected override double[][] EncodeChecked(IReadOnlyList<VisualField> fields)
            => [.. fields.Select(field => (_inverse * (Vector<double>.Build.Dense([.. field.Sensitivities]) - _mean)).ToArray())];

        protected override double[][] DecodeChecked(IReadOnlyList<double[]> numbers)
            => [.. numbers.Select(row => (_weights * Vector<double>.Build.Dense(row) + _mean).ToArray())];
    }
}
