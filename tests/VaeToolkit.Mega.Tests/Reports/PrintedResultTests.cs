using TorchSharp;

namespace VaeToolkit.Mega.Tests.Reports;

public sealed class PrintedResultTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [RealDataFact("tabular")]
    public void A_mixtures_fit_prints_its_criteria_and_its_components()
    {
        var lines = Lines(GaussianMixture.Fit(Tables.Rows("iris"), 2));
        lines[0].Should().Be("150 rows, 29 parameters; log-likelihood -214.355, AIC 486.709, BIC 574.018");
        lines[1].Should().Be("GaussianMixture: K = 2, full covariances, D = 4");
        lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(4).Should().Equal("component", "weight", "mean", "0");
        lines.Should().HaveCount(5);
        lines.Skip(3).Should().ContainSingle(line => line.Contains("0.3333"), "a third of the rows are setosa");
    }

    [RealDataFact("tabular")]
    public void Other_fits_print_their_tables_and_what_is_to_be_known()
    {
        var iris = Tables.Rows("iris");
        Lines(ProbabilisticPca.FitEm(iris, 2)).Should().Contain("ProbabilisticPca: q = 2, D = 4, noise variance 0.0506822")
            .And.Contain(line => line.Contains("0.9246"), "the share of the first eigenvalue");
        Lines(FactorAnalysis.Fit(iris, 1)).Should()
            .Contain(line => line.StartsWith("note: the noise of column 2 has vanished", StringComparison.Ordinal))
            .And.Contain("FactorAnalysis: q = 1, D = 4").And.Contain(line => line.Contains("uniqueness"));
        Lines(ProbabilisticPca.FitEm(iris, 2, new() { MaxIterations = 1 }))[1].Should().Be("note: it had not converged after 1 iterations");
    }

    [RealDataFact("tabular")]
    public void Moments_gaps_and_paths_print_their_numbers()
    {
        var data = DataMoments.Of(Tables.Rows("iris"));
        var model = ProbabilisticPca.Fit(data, 2);
        Lines(data).Should().StartWith(["150 rows of 4 values"]).And.Contain(line => line.Contains("5.84333"));
        Words(MomentGaps.Between(data, model, new() { Divisor = SecondMomentDivisor.Unbiased })).Should().Contain("0.0381922");
        Words(MomentGaps.MonteCarlo(data, model, new() { Draws = 100 })).Should().ContainInOrder("standard", "error").And.Contain("100");
        Words(GramGap.Between(Tables.Rows("iris"), torch.zeros([3L, 4L]), torch.ones([3L, 4L]))).Should().Contain("1MEGA");
        var path = ComplexityPath.Of(Tables.Rows("iris"), [(2, model)], [0.5], GapEstimator.Exact);
        Words(path).Should().Contain("BIC");
        path.ToString().Should().EndWith("α = 0.5 selects 2");
        path.Points[0].ToString().Should().Be(string.Join(Environment.NewLine, Lines(path).Take(2)));
        new MonteCarloError(100, 3, 4, 0.25).ToString().Should().Be("100 draws of seed 3: standard error 0.2, unbiased squared gap 0.25");
        GapEstimator.MonteCarlo(5, 1).ToString().Should().Be("Monte Carlo 5, seed 1");
        Tables.Read("iris").ToString().Should().Be("150 rows of 4 values, 0 missing, labelled");
        model.Draw(3).ToString().Should().Be("ConditionalMoments of 3 draws of 4 values");
        Lines(DataMoments.Of(torch.rand([3L, 50L])))[^1].Should().Be("(the first 40 of 50)");
    }

    private static string[] Lines(object result) => result.ToString()!.Split(Environment.NewLine);

    private static string[] Words(object result) => result.ToString()!.Split([' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
