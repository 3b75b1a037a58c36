using System.Collections.Concurrent;
using System.Reflection;
using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests;

/// <summary>
/// Every fit and figure, on rows 1e8 from zero whose columns are from 1.2e-4 to 8,192 times as wide: the same as near zero in units of one,
/// once units are taken out.
/// </summary>
public sealed class EquivarianceTests : IDisposable
{
    private const double Offset = 1e8;

    // Of the narrowest column a mean is rounded to 1.5e-8, which is 1.2e-4 of its deviation; that squared is what a variance about it is
    // off by, but for a mixture's, which has the differences of means. A gap of means is 0 within several units of their last place.
    private const double OfSquares = 1e-6;
    private const double OfMeans = 2e-4;

    // What has one scale for all columns, or norms over columns, follows a common factor alone.
    private static readonly double[] s_common = [1 / 8192.0, 1 / 8192.0, 1 / 8192.0, 1 / 8192.0];
    // What holds at every iteration need not wait for the last.
    private static readonly MixtureOptions s_few = new() { Restarts = 1, Em = new() { MaxIterations = 40, Tolerance = 1e-10 } };

    private static readonly double[] s_own = [1 / 8192.0, 1, 128, 8192];

    private static readonly Dictionary<string, (double[], double Tolerance, Func<Units, IEnumerable<double>>)> s_figures = new()
    {
        ["DataMoments.Of"] = (s_own, OfSquares, u => u.Covariance(DataMoments.Of(u.Rows).Maximum)),
        ["DataMoments.Of, mean"] = (s_own, OfMeans, u => u.Mean(DataMoments.Of(u.Rows).Maximum)),
        ["ProbabilisticPca.Fit"] = (s_common, OfSquares, u => u.Fitted(ProbabilisticPca.Fit(u.Rows, 2))),
        ["ProbabilisticPca.FitEm"] = (s_common, OfSquares, u => u.Fitted(ProbabilisticPca.FitEm(u.Rows, 2).Model)),
        ["ProbabilisticPca.FitEm, missing"] = (s_common, OfSquares, u => u.Covariance(ProbabilisticPca.FitEm(u.WithHoles, 2).Model)),
        ["FactorAnalysis.Fit"] = (s_own, OfSquares, u => u.Fitted(u.Factors)),
        ["GaussianMixture.Fit, full"] = (s_own, OfMeans, u => u.Fitted(u.Full)),
        ["GaussianMixture.Fit, tied"] = (s_own, OfMeans, u => u.Fitted(Mixture(u, CovarianceForm.Tied))),
        ["GaussianMixture.Fit, diagonal"] = (s_own, OfMeans, u => u.Fitted(Mixture(u, CovarianceForm.Diagonal))),
        ["GaussianMixture.Fit, spherical"] = (s_common, OfMeans, u => u.Fitted(Mixture(u, CovarianceForm.Spherical))),
        ["GaussianMixture.Responsibilities"] =
            (s_own, OfMeans, u => u.Full.Responsibilities(u.Rows).Values()),
        ["ClassicalModel.LogProb"] = (s_own, 10 * OfMeans, u => u.Factors.LogProb(u.Rows).Values()
            .Select(value => value + u.LogScale)),
        ["ClassicalModel.LogLikelihood"] =
            (s_own, OfSquares, u => [u.Full.LogLikelihood(u.Rows) + u.Count * u.LogScale]),
        ["ClassicalModel.Aic"] = (s_own, OfSquares, u => [u.Full.Aic(u.Rows) - 2 * u.Count * u.LogScale]),
        ["ClassicalModel.Bic"] = (s_own, OfSquares, u => [u.Full.Bic(u.Rows) - 2 * u.Count * u.LogScale]),
        ["LinearGaussianModel.PosteriorMean"] =
            (s_own, OfMeans, u => u.Factors.PosteriorMean(u.Rows).Values()),
        ["LinearGaussianModel.MeanLogLikelihood"] = (s_own, OfSquares, u =>
            [u.Factors.MeanLogLikelihood(DataMoments.Of(u.Rows).Maximum) + u.LogScale]),
        ["MomentGaps.Between"] = (s_own, OfSquares, u => u.Gap(MomentGaps.Between(
            DataMoments.Of(u.Rows), u.Factors))),
        ["MomentGaps.MonteCarlo"] = (s_own, OfMeans, u => u.Gap(MomentGaps.MonteCarlo(
            DataMoments.Of(u.Rows), u.Factors, new() { Draws = 100 }))),
        ["MomentGaps.MonteCarlo, first"] = (s_own, 10 * OfMeans, u => u.Shift(MomentGaps.MonteCarlo(
            DataMoments.Of(u.Rows), u.Factors, new() { Draws = 100 }).First)),
        ["GramGap.Between"] = (s_common, OfSquares, u => [u.Gram.CovarianceOnly / Math.Pow(u.Scales[0], 2)]),
        ["GramGap.Between, first"] = (s_common, OfMeans, u => [u.Gram.FirstOrder / u.Scales[0]]),
        ["ComplexityPath.Of"] = (s_own, OfSquares, u => u.Path(ComplexityPath.Of(
            u.Rows, [(1, u.Factors)], [0], GapEstimator.Exact))),
        ["ComplexityPath.Fit"] = (s_own, OfSquares, u => u.Path(ComplexityPath.Fit(
            u.Rows, [1, 2], (rows, k) => GaussianMixture.Fit(rows, k, s_few).Model, [0]))),
        ["LinearVae.FromExact"] = (s_common, OfSquares, u => u.Covariance(Bridged(u))),
        ["LinearVae.ExpectedElbo"] = (s_common, OfSquares, u => [Bound(u) + u.LogScale]),
    };

    private static readonly ConcurrentDictionary<(double, double), FactorAnalysis> s_factors = new();
    private static readonly ConcurrentDictionary<(double, double), GaussianMixture> s_mixtures = new();

    // What takes moments of a model, or is not of data: there is nothing to fit.
    private static readonly string[] s_others =
    [
        "ConditionalMoments.Independent", "ConditionalMoments.StudentT", "ConditionalMoments.OneHot", "ConditionalMoments.OfComponents",
        "GapEstimator.HeldOut", // The default of ComplexityPath.Fit.
        "LinearVae.ToExact", // With FromExact.
        "MegaRegularised.Compute", "MegaRegularised.ComputeForValidation", "MegaRegularised.ExplainOutsideSupport", // FarFromZeroTests.
    ];

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    /// <summary>Every figure.</summary>
    public static TheoryData<string> Figures => [.. s_figures.Keys];

    [Theory]
    [MemberData(nameof(Figures))]
    public void Figures_of_shifted_and_scaled_rows_are_those_of_the_rows(string name)
    {
        var (scales, tolerance, figures) = s_figures[name];
        double[] expected = [.. figures(new([1, 1, 1, 1], 0))];
        double[] actual = [.. figures(new(scales, Offset))];
        var size = expected.Max(Math.Abs);
        actual.Should().Equal(expected, (a, b) => Math.Abs(a - b) <= tolerance * Math.Max(1, size));
    }

    [Fact]
    public void Every_public_member_that_takes_data_or_a_model_is_in_the_table()
    {
        Type[] inputs = [typeof(torch.Tensor), typeof(DataMoments), typeof(SecondMoments), typeof(LatentVariableModel)];
        var members = typeof(MomentGaps).Assembly.GetExportedTypes().SelectMany(type => type.GetMethods(
                BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.Name != "forward" && !method.IsSpecialName && method.GetParameters()
                .Any(parameter => inputs.Any(input => input.IsAssignableFrom(parameter.ParameterType))))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Where(name => !name.Contains("Equals")).Distinct();
        members.Should().BeSubsetOf(s_figures.Keys.Select(name => name.Split(',')[0]).Concat(s_others));
    }

    private static GaussianMixture Mixture(Units units, CovarianceForm form)
        => GaussianMixture.Fit(units.Rows, 2, s_few with { Form = form }).Model;

    private static ProbabilisticPca Bridged(Units units)
    {
        using var vae = LinearVae.FromExact(ProbabilisticPca.Fit(units.Rows, 2));
        return LinearVae.ToExact(vae);
    }

    private static double Bound(Units units)
    {
        var (model, data) = (Bridged(units), DataMoments.Of(units.Rows).Maximum);
        var bound = LinearVae.ExpectedElbo(model, model.PosteriorWeights, model.PosteriorCovariance.Diagonal(), data);
        bound.Should().BeApproximately(model.MeanLogLikelihood(data), 1e-5, "the bound of the exact posterior is tight");
        return bound;
    }

    /// <summary>Rows in some units, and the way back from them.</summary>
    private sealed class Units(double[] scales, double offset)
    {
        internal double[] Scales => scales;

        internal torch.Tensor Rows { get; } = Base() * torch.tensor(scales, torch.float64, torch.CPU) + offset;

        internal long Count => Rows.shape[0];

        internal double LogScale => scales.Sum(Math.Log);

        internal torch.Tensor WithHoles
            => Rows.masked_fill(torch.arange(Rows.NumberOfElements).remainder(11).eq(3).reshape(Rows.shape), double.NaN);

        // Fitted once, for they hold no tensors and nothing changes them.
        internal FactorAnalysis Factors => s_factors.GetOrAdd((scales[^1], offset), _ => FactorAnalysis.Fit(Rows, 1).Model);

        internal GaussianMixture Full => s_mixtures.GetOrAdd((scales[^1], offset), _ => Mixture(this, CovarianceForm.Full));

        internal GramGap Gram => GramGap.Between(
            Rows, Rows.narrow(0, 0, 30), torch.ones([30L, 4L], torch.float64) * torch.tensor(scales, torch.float64, torch.CPU).square());

        internal IEnumerable<double> Mean(SecondMoments moments) => Shift(moments.Mean - offset);

        internal IEnumerable<double> Shift(Vector<double> difference) => difference.Select((value, j) => value / scales[j]);

        internal IEnumerable<double> Covariance(ClassicalModel model) => Covariance(model.ExactMoments);

        internal IEnumerable<double> Covariance(SecondMoments moments) => Matrix(moments.Covariance);

        internal IEnumerable<double> Gap(MomentGap gap) => Matrix(gap.CovarianceDifference);

        // The likelihood a row, and the covariance.
        internal IEnumerable<double> Fitted(ClassicalModel model)
            => [model.LogLikelihood(Rows) / Count + LogScale, .. Covariance(model)];

        internal IEnumerable<double> Path(ComplexityPath path)
            => [.. path.Points.Select(point => point.MeanLogLikelihood + LogScale), path.Selections[0].Complexity];

        private IEnumerable<double> Matrix(Matrix<double> matrix)
            => matrix.EnumerateIndexed().Select(entry => entry.Item3 / (scales[entry.Item1] * scales[entry.Item2]));

        // Two groups about one factor; multiples of 2⁻¹², so that all units have them exactly.
        private static torch.Tensor Base()
        {
            using var seed = SeedScope.Begin(12);
            var factor = torch.tensor(new[,] { { 1.0, 0.6, -0.4, 0.2 } });
            var rows = torch.randn([160L, 1L], torch.float64).mm(factor) + torch.randn([160L, 4L], torch.float64) * 0.6;
            rows = torch.cat([rows.narrow(0, 0, 80), rows.narrow(0, 80, 80) * 1.5 + torch.tensor([2.0, -1, 3, 1], device: torch.CPU)]);
            return (rows * 4096).round() / 4096;
        }
    }
}
