using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Classical;

/// <summary>Default options find the same sound optimum on every seed, or say what is degenerate.</summary>
public sealed class SoundOptimumTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [RealDataFact("tabular")]
    public void Iris_has_mclusts_likelihoods_on_every_seed_no_small_component_and_bic_chooses_two()
    {
        var iris = Tables.Rows("iris");
        // mclust's for K up to 3; it starts once, and for 4 and 5 stops at −167.5 and −152.9.
        double[] sound = [-379.9146, -214.3547, -180.1855, -162.9148, -147.4258];
        foreach (var seed in new[] { 0, 1, 3 })
        {
            var fits = Enumerable.Range(1, 5).Select(k => Fit(iris, k, seed)).ToArray();
            // Four components have many optima. Which run finds the best hangs on ties of rounded rows, so on the processor's rounding.
            fits.Where((_, i) => i != 3).Select(fit => fit.LogLikelihood).Should()
                .Equal(sound.Where((_, i) => i != 3), (a, b) => Math.Abs(a - b) < 1e-3);
            fits[3].LogLikelihood.Should().BeInRange(-167.5, sound[3] + 1e-3);
            fits.Should().OnlyContain(fit => fit.Converged && fit.Model.Weights.Min() * 150 > 10);
            fits.Where((_, i) => i != 3).Should().OnlyContain(fit => fit.Findings.Count == 0);
            fits.MinBy(fit => fit.Bic)!.Model.Components.Should().Be(2);
        }
    }

    [RealDataFact("tabular")]
    public void Three_components_are_those_of_mclust_on_every_seed()
    {
        foreach (var seed in Enumerable.Range(0, 10))
            Fit(Tables.Rows("iris"), 3, seed).LogLikelihood.Should().BeApproximately(-180.1855, 1e-3);
    }

    [Fact]
    public void Runs_that_stop_early_are_not_taken_for_many_optima()
    {
        // Two groups of 250 rows that overlap: a run's last steps are small long before it is where it would end.
        var random = new Random(3);
        var rows = Table(500, i => [i % 2 * 2 + Normal(random), Normal(random), Normal(random), Normal(random)]);
        foreach (var em in new EmOptions[] { new() { Tolerance = 1e-6 }, new() { MaxIterations = 5 } })
        {
            GaussianMixture.Fit(rows, 2, new() { Em = em }).Findings.Should()
                .NotContain(finding => finding.Contains("many optima"));
        }
    }

    [Fact]
    public void Few_rounded_rows_have_one_optimum_on_every_seed_or_it_is_said_that_they_have_many()
    {
        var random = new Random(5);
        var ties = Table(80, i => [Math.Round(Normal(random)), Math.Round(i % 2 * 2 + Normal(random), 1)]);
        random = new Random(77);
        var groups = Table(150, i =>
        {
            var (group, common) = (i / 50, Normal(random));
            return
            [
                Math.Round(5 + group * 0.8 + 0.35 * common + 0.3 * Normal(random), 1), Math.Round(3 + 0.3 * Normal(random), 1),
                Math.Round(1.4 + group * 1.6 + 0.4 * common + 0.2 * Normal(random), 1), Math.Round(group * 0.7 + 0.2 * Normal(random), 1),
            ];
        });
        var unsure = 0;
        foreach (var rows in new[] { ties, groups })
        {
            for (var k = 2; k <= 5; k++)
            {
                var fits = new[] { 0, 9 }.Select(seed => Fit(rows, k, seed)).ToArray();
                fits[1].LogLikelihood.Should().BeApproximately(fits[0].LogLikelihood, 1e-6);
                fits[0].Findings.Should().NotContain(
                    finding => !finding.Contains("has many optima") && !finding.Contains("has collapsed"));
                unsure += fits[0].Findings.Count(finding => finding.Contains("has many optima"));
            }
        }
        unsure.Should().BePositive("five components of 80 rounded rows are too many");
    }

    [Theory]
    [InlineData(CovarianceForm.Full)]
    [InlineData(CovarianceForm.Diagonal)]
    [InlineData(CovarianceForm.Spherical)]
    public void Likelihood_without_each_row_is_that_of_the_m_step_without_it(CovarianceForm form)
    {
        using var seed = SeedScope.Begin(4);
        var rows = torch.randn([30L, 3L], dtype: torch.float64) + torch.arange(30, dtype: torch.float64).unsqueeze(1) * 0.1;
        var fit = GaussianMixture.Fit(rows, 2, new() { Form = form, Regularisation = 0 }).Model;
        var shares = Rows.Matrix(fit.Responsibilities(rows));
        var x = Rows.Matrix(rows);
        var expected = Enumerable.Range(0, 30).Sum(i =>
        {
            var others = Enumerable.Range(0, 30).Where(row => row != i).ToArray();
            double[] counts = [.. Enumerable.Range(0, 2).Select(k => others.Sum(row => shares[row, k]))];
            var means = Enumerable.Range(0, 2)
                .Select(k => others.Select(row => x.Row(row) * shares[row, k]).Aggregate((a, b) => a + b) / counts[k]).ToArray();
            var covariances = Enumerable.Range(0, 2).Select(k => Formed(others
                .Select(row => (x.Row(row) - means[k]).OuterProduct(x.Row(row) - means[k]) * shares[row, k])
                .Aggregate((a, b) => a + b) / counts[k])).ToArray();
            var without = new GaussianMixture(
                [.. counts.Select(count => count / 29)], Matrix<double>.Build.DenseOfRowVectors(means), covariances);
            return without.LogLikelihood(rows.narrow(0, i, 1));
        });
        fit.Parameters().LeaveOneOut(new(rows), form).Should().BeApproximately(expected, 1e-4, "the shares are those of one step before");

        Matrix<double> Formed(Matrix<double> covariance) => form switch
        {
            CovarianceForm.Diagonal => Matrix<double>.Build.DenseOfDiagonalVector(covariance.Diagonal()),
            CovarianceForm.Spherical => Matrix<double>.Build.DenseIdentity(3) * (covariance.Trace() / 3),
            _ => covariance,
        };
    }

    [Fact]
    public void Components_that_collapse_onto_the_levels_of_a_column_are_said_and_not_selected()
    {
        using var seed = SeedScope.Begin(9);
        var levels = torch.arange(120, dtype: torch.float64).remainder(2).unsqueeze(1);
        var rows = torch.cat([levels * 3, torch.randn([120L, 2L], dtype: torch.float64)], 1);
        var fit = GaussianMixture.Fit(rows, 2);
        fit.Model.DegenerateComponents(120).Should().Equal(0, 1);
        fit.Findings.Should().HaveCount(2).And.OnlyContain(finding => finding.Contains("has collapsed"));
        var path = ComplexityPath.Fit(rows, [1, 2], (train, k) => GaussianMixture.Fit(train, k).Model, [0], GapEstimator.Exact);
        path.Points.Select(point => point.IsDegenerate).Should().Equal(false, true);
        path.Selections.Should().Equal((0, 1));
    }

    [Fact]
    public void Columns_that_depend_on_each_other_leave_no_maximum_for_any_number_of_components()
    {
        using var seed = SeedScope.Begin(9);
        var column = torch.randn([60L, 1L], dtype: torch.float64);
        var fit = GaussianMixture.Fit(torch.cat([column, column * 2 + 1], 1), 1);
        fit.Model.DegenerateComponents(60).Should().Equal(0);
    }

    private static torch.Tensor Table(int count, Func<int, double[]> row)
    {
        var rows = Enumerable.Range(0, count).Select(row).ToArray();
        return torch.tensor(rows.SelectMany(values => values).ToArray(), [count, rows[0].Length]);
    }

    private static double Normal(Random random)
        => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static ModelFit<GaussianMixture> Fit(torch.Tensor rows, int components, int seed)
    {
        var options = new MixtureOptions();
        return GaussianMixture.Fit(rows, components, options with { Em = options.Em with { Seed = seed } });
    }
}
