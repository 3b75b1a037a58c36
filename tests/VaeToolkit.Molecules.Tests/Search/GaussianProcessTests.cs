using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Molecules.Tests.Search;

/// <summary>The Gaussian process gives what the textbook's formulas give, written down anew with another library.</summary>
public sealed class GaussianProcessTests
{
    private const double Exact = 1e-8;

    private static readonly KernelParameters s_parameters = new()
    {
        LengthScales = [0.7, 1.9, 3.1],
        SignalVariance = 2.3,
        NoiseVariance = 0.05,
        Mean = 0.4,
    };

    [Fact]
    public void Mean_deviation_evidence_and_improvement_are_the_closed_forms()
    {
        using var scope = torch.NewDisposeScope();
        var (x, y, places) = (Inputs(25, 0.37), Targets(25), Inputs(11, 0.91));
        using var process = new GaussianProcess(Tensor(x), torch.tensor(y), s_parameters);
        var kernel = Kernel(x, x) + Matrix<double>.Build.DenseIdentity(25) * s_parameters.NoiseVariance;
        var inverse = kernel.Inverse();
        var residuals = Vector<double>.Build.Dense(y) - s_parameters.Mean;
        var cross = Kernel(places, x);
        var mean = cross * inverse * residuals + s_parameters.Mean;
        var variance = (Kernel(places, places) - cross * inverse * cross.Transpose()).Diagonal();
        var evidence = -(residuals * (inverse * residuals)) / 2 - Math.Log(kernel.Determinant()) / 2 - 25 * Math.Log(2 * Math.PI) / 2;
        var predicted = process.Predict(Tensor(places));
        Near(predicted.Mean, mean);
        Near(process.PredictMean(Tensor(places)), mean);
        Near(predicted.Deviation, variance.Select(Math.Sqrt));
        process.LogMarginalLikelihood.Should().BeApproximately(evidence, Exact);
        foreach (var best in new[] { -1.0, 0.6, 2.5 })
        {
            var improvement = mean.Zip(variance, (m, v) => (m - best) * Normal.CDF(0, 1, (m - best) / Math.Sqrt(v))
                + Math.Sqrt(v) * Normal.PDF(0, 1, (m - best) / Math.Sqrt(v)));
            Near(process.ExpectedImprovement(Tensor(places), best), improvement);
        }
    }

    [Theory]
    [InlineData(1e-9, 1, 0)]
    [InlineData(1e9, 1, 0)]
    [InlineData(1, 1e-9, 0)]
    [InlineData(1, 1, 1e6)]
    public void A_fit_is_the_same_in_other_units(double inputUnit, double targetUnit, double offset)
    {
        using var scope = torch.NewDisposeScope();
        var (x, y, places) = (Tensor(Inputs(25, 0.37)), torch.tensor(Targets(25)), Tensor(Inputs(11, 0.91)));
        using var process = GaussianProcess.Fit(x, y, new() { Steps = 20 });
        using var other = GaussianProcess.Fit(x * inputUnit, y * targetUnit + offset, new() { Steps = 20 });
        var expected = process.PredictMean(places).Values();
        ((other.PredictMean(places * inputUnit) - offset) / targetUnit).Values().Should().Equal(
            expected, (a, b) => Math.Abs(a - b) < 1e-6);
        expected.Max().Should().BeGreaterThan(expected.Min() + 0.1);
    }

    [Theory]
    [InlineData(1e8, 0)]
    [InlineData(1e12, 0)]
    [InlineData(1e8, 1e9)]
    public void Inputs_far_from_each_other_or_from_zero_are_as_alike_as_their_differences_say(double apart, double offset)
    {
        using var scope = torch.NewDisposeScope();
        var (x, places) = (Inputs(24, 0.37), Inputs(10, 0.91));
        // Half of them so much further along the first feature; rounded there, so that differences are what they are.
        void Shift(double[,] rows)
        {
            for (var i = 0; i < rows.GetLength(0); i++)
            {
                for (var d = 0; d < 3; d++)
                    rows[i, d] = Math.Round(rows[i, d] * 64) / 64 + offset + (d == 0 && i % 2 == 1 ? apart : 0);
            }
        }
        Shift(x);
        Shift(places);
        var y = Targets(24);
        using var process = new GaussianProcess(Tensor(x), torch.tensor(y), s_parameters);
        var inverse = (Kernel(x, x) + Matrix<double>.Build.DenseIdentity(24) * s_parameters.NoiseVariance).Inverse();
        var cross = Kernel(places, x);
        var mean = cross * inverse * (Vector<double>.Build.Dense(y) - s_parameters.Mean) + s_parameters.Mean;
        var deviation = (Kernel(places, places) - cross * inverse * cross.Transpose()).Diagonal().Select(Math.Sqrt);
        var predicted = process.Predict(Tensor(places));
        // The centre is rounded to a digit of the inputs.
        var tolerance = 1e-7 + 3e-16 * 24 * (apart + offset);
        predicted.Mean.Values().Zip(mean).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < tolerance);
        predicted.Deviation.Values().Zip(deviation).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < tolerance);
        var far = torch.full([2, 3], 1e250, torch.float64);
        process.PredictMean(far).Values().Should().AllBeEquivalentTo(s_parameters.Mean);
        Reference.Gradient(z => process.Predict(z).Mean.sum(), far).Should().OnlyContain(slope => slope == 0);
    }

    [Fact]
    public void A_matrix_that_cannot_be_factored_is_refused_with_what_the_caller_has_in_his_hands()
    {
        using var scope = torch.NewDisposeScope();
        var (x, y) = (Tensor(Inputs(5, 0.4)).repeat(9, 1), torch.tensor(Targets(5)).repeat(9));
        FluentActions.Invoking(() => new GaussianProcess(x, y, s_parameters with { NoiseVariance = 1e-300 }))
            .Should().Throw<InvalidOperationException>().WithMessage("*make NoiseVariance, 1E-300, larger beside SignalVariance, 2.3*");
        FluentActions.Invoking(() => GaussianProcess.Fit(x, y, new() { LeastNoise = 1e-300, StepSize = 20 }))
            .Should().Throw<InvalidOperationException>().WithMessage("*make LeastNoise, 1E-300, larger, or StepSize, 20, smaller*");
    }

    [Fact]
    public void Targets_that_are_one_number_but_for_rounding_and_places_that_are_none_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        FluentActions.Invoking(() => GaussianProcess.Fit(torch.rand(4, 2), torch.tensor(new[] { 0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2 })))
            .Should().Throw<ArgumentException>().WithMessage("*same but for rounding*");
        using var process = new GaussianProcess(Tensor(Inputs(25, 0.37)), torch.tensor(Targets(25)), s_parameters);
        FluentActions.Invoking(() => process.PredictMean(torch.full([2, 3], double.NaN)))
            .Should().Throw<ArgumentException>().WithMessage("*NaN*item 0*");
    }

    [Fact]
    public void The_improvement_is_the_mean_of_what_is_above()
    {
        using var scope = torch.NewDisposeScope();
        using var process = new GaussianProcess(Tensor(Inputs(25, 0.37)), torch.tensor(Targets(25)), s_parameters);
        var (mean, deviation) = process.Predict(Tensor(Inputs(1, 0.91)));
        var (m, s, best) = (mean.ToDouble(), deviation.ToDouble(), mean.ToDouble() + 0.3);
        var expected = Reference.Integrate(
            values => [.. values.Select(f => Math.Max(f - best, 0) * Normal.PDF(m, s, f))], best, best + 12 * s);
        process.ExpectedImprovement(Tensor(Inputs(1, 0.91)), best).ToDouble().Should().BeApproximately(expected, Exact);
    }

    [Fact]
    public void Gradients_in_the_place_are_those_of_finite_differences()
    {
        using var scope = torch.NewDisposeScope();
        using var process = new GaussianProcess(Tensor(Inputs(25, 0.37)), torch.tensor(Targets(25)), s_parameters);
        var places = Tensor(Inputs(4, 0.91));
        foreach (var function in new Func<torch.Tensor, torch.Tensor>[]
        {
            z => process.PredictMean(z).sum(), z => process.Predict(z).Deviation.sum(), z => process.ExpectedImprovement(z, 0.5).sum(),
        })
        {
            foreach (var (one, other) in Reference.Gradient(function, places).Zip(Reference.FiniteDifferences(function, places)))
                one.Should().BeApproximately(other, 1e-7);
        }
    }

    [Fact]
    public void A_fit_raises_the_evidence_and_finds_which_feature_matters()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        var x = torch.randn(80, 2, dtype: torch.float64);
        var y = (x.select(1, 0) * 2).sin() * 3 + 10 + torch.randn(80, dtype: torch.float64) * 0.1;
        var steps = new List<double>();
        using var fitted = GaussianProcess.Fit(x, y, progress: new Listener(step => steps.Add(step.LogMarginalLikelihood)));
        steps.Should().HaveCount(101);
        steps.Max().Should().BeGreaterThan(steps[0] + 20);
        // Of targets that are standardised; their own density differs by the scale.
        fitted.LogMarginalLikelihood.Should().BeApproximately(steps.Max() - 80 * Math.Log(y.std().ToDouble()), 1e-6);
        fitted.Parameters.LengthScales[1].Should().BeGreaterThan(5 * fitted.Parameters.LengthScales[0]);
        Math.Sqrt(fitted.Parameters.NoiseVariance).Should().BeInRange(0.07, 0.15);
        var places = torch.randn(200, 2, dtype: torch.float64);
        var error = fitted.PredictMean(places) - ((places.select(1, 0) * 2).sin() * 3 + 10);
        error.abs().median().ToDouble().Should().BeLessThan(0.15);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        var (x, y) = (Tensor(Inputs(5, 0.4)), torch.tensor(Targets(5)));
        Refused(() => new GaussianProcess(x, y, s_parameters with { LengthScales = [1, 2] }), "*2 length scales for 3*");
        Refused(() => new GaussianProcess(x, y, s_parameters with { NoiseVariance = 0 }), "*NoiseVariance has 0*");
        Refused(() => new GaussianProcess(x, y, s_parameters with { Mean = double.NaN }), "*Mean is NaN*");
        Refused(() => new GaussianProcess(x, torch.tensor(Targets(4)), s_parameters), "*targets has shape [4]*[5]*");
        Refused(() => new GaussianProcess(x, torch.full_like(y, double.NaN), s_parameters), "*NaN*");
        Refused(() => GaussianProcess.Fit(x, torch.ones_like(y)), "*all targets are the same*");
        using var process = new GaussianProcess(x, y, s_parameters);
        Refused(() => process.Predict(torch.zeros(2, 2)), "*[2, 2]*[M, 3]*");
        Refused(() => process.ExpectedImprovement(x, double.NaN), "*best is NaN*");
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Refused<OperationCanceledException>(() => GaussianProcess.Fit(x, y, cancellationToken: stopped.Token), "*");
        Refused<InvalidOperationException>(
            () => new GaussianProcess(x.repeat(9, 1), y.repeat(9), s_parameters with { NoiseVariance = 1e-300 }),
            "*not positive definite*");
    }

    [Fact]
    public void It_leaves_no_tensor_behind()
    {
        void Use()
        {
            using var scope = torch.NewDisposeScope();
            using var process = GaussianProcess.Fit(Tensor(Inputs(9, 0.4)), torch.tensor(Targets(9)), new() { Steps = 3 });
            _ = (process.Predict(Tensor(Inputs(4, 0.2))), process.ExpectedImprovement(Tensor(Inputs(4, 0.2)), 0.1));
        }
        Use();
        var before = Reference.LiveTensors();
        Use();
        // TorchSharp never takes back the tensor that a parameter takes over: two in a fit.
        (torch.Tensor.TotalCount - before).Should().Be(2);
    }

    private static double[,] Inputs(int count, double step)
    {
        var inputs = new double[count, 3];
        for (var i = 0; i < count; i++)
        {
            for (var d = 0; d < 3; d++)
                inputs[i, d] = 2 * Math.Sin(step * (i + 1) * (d + 1) + d);
        }
        return inputs;
    }

    private static double[] Targets(int count) => [.. Enumerable.Range(0, count).Select(i => Math.Cos(1.3 * i) + 0.1 * i)];

    private static Matrix<double> Kernel(double[,] one, double[,] other) => Matrix<double>.Build.Dense(
        one.GetLength(0), other.GetLength(0), (i, j) => s_parameters.SignalVariance * Math.Exp(
            -Enumerable.Range(0, 3).Sum(d => Math.Pow((one[i, d] - other[j, d]) / s_parameters.LengthScales[d], 2)) / 2));

    private static torch.Tensor Tensor(double[,] values) => torch.tensor(values);

    private static void Near(torch.Tensor actual, IEnumerable<double> expected)
    {
        foreach (var (one, other) in actual.Values().Zip(expected))
            one.Should().BeApproximately(other, Exact);
    }

    private static void Refused(Func<object?> action, string message) => Refused<ArgumentException>(action, message);

    private static void Refused<TException>(Func<object?> action, string message)
        where TException : Exception
        => action.Should().Throw<TException>().WithMessage(message);

    private sealed class Listener(Action<GaussianProcessProgress> heard) : IProgress<GaussianProcessProgress>
    {
        public void Report(GaussianProcessProgress value) => heard(value);
    }
}
