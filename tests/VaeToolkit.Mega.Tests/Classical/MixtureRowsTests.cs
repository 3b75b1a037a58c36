using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega.Tests.Classical;

/// <summary>Few columns are computed here and many by torch: both are what matrices of MathNet give, row by row.</summary>
public sealed class MixtureRowsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    /// <summary>Counts of rows about a block's, and of columns about those from which torch computes.</summary>
    public static TheoryData<int, int> Sizes
    {
        get
        {
            var sizes = new TheoryData<int, int>();
            foreach (var count in new[] { 2, 255, 256, 257 })
                Array.ForEach([1, 2, 31, 32, 33], columns => sizes.Add(count, columns));
            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Distances_means_and_scatters_are_those_of_the_definitions(int count, int columns)
    {
        var random = new Random(columns);
        var values = Matrix<double>.Build.Dense(count, columns, (_, _) => random.NextDouble());
        double[] weights = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
        double[] mean = [.. Enumerable.Range(0, columns).Select(_ => random.NextDouble())];
        var factor = Matrix<double>.Build.Dense(
            columns, columns, (i, j) => i < j ? 0 : i == j ? 1 + random.NextDouble() : random.NextDouble() / 9);
        double[] deviations = [.. factor.Diagonal()];

        var rows = new MixtureRows(Rows.Tensor(values));
        var (full, ofAxes) = (new double[count], new double[count]);
        rows.Distances(mean, factor.ToRowMajorArray(), full);
        rows.Distances(mean, deviations, ofAxes);

        Vector<double>[] centred = [.. values.EnumerateRows().Select(row => row - Vector<double>.Build.Dense(mean))];
        var precision = (factor * factor.Transpose()).Inverse();
        Near(full, centred.Select(row => row * precision * row));
        Near(ofAxes, centred.Select(row => row.PointwiseDivide(factor.Diagonal()).DotProduct(row.PointwiseDivide(factor.Diagonal()))));
        var scatter = centred.Select((row, i) => weights[i] * row.OuterProduct(row)).Aggregate((a, b) => a + b);
        Near(rows.Scatter(weights, mean), scatter.ToRowMajorArray());
        Near(rows.ScatterOfAxes(weights, mean), scatter.Diagonal());
        Near(rows.Mean(weights, weights.Sum()), Vector<double>.Build.Dense(weights) * values / weights.Sum());
        Near(MixtureRows.Cholesky(factor * factor.Transpose())!, factor.ToRowMajorArray());
        rows.Value(count - 1, columns - 1).Should().Be(values[count - 1, columns - 1]);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    public void A_covariance_that_is_not_positive_definite_has_no_factor(int columns)
    {
        var ones = Matrix<double>.Build.Dense(columns, columns, 1.0 / columns);
        MixtureRows.Cholesky(Matrix<double>.Build.DenseIdentity(columns) - 2 * ones).Should().BeNull();
    }

    [Fact]
    public void Densities_of_many_rows_are_those_of_some_at_a_time()
    {
        var mixture = new GaussianMixture(
            [0.3, 0.7], Matrix<double>.Build.Dense(2, 1, [-1, 2]),
            [Matrix<double>.Build.Dense(1, 1, 0.5), Matrix<double>.Build.Dense(1, 1, 2)]);
        var rows = torch.linspace(-4, 4, 70_000, torch.float64).unsqueeze(1);
        var together = mixture.LogProb(rows).data<double>().ToArray();
        together.Should().Equal(rows.split(1_024).SelectMany(part => mixture.LogProb(part).data<double>().ToArray()));
        var at = rows[^1].item<double>();
        together[^1].Should().BeApproximately(
            Math.Log(0.3 * Normal(at, -1, 0.5) + 0.7 * Normal(at, 2, 2)), 1e-12);

        static double Normal(double x, double mean, double variance)
            => Math.Exp(-(x - mean) * (x - mean) / (2 * variance)) / Math.Sqrt(2 * Math.PI * variance);
    }

    [Fact]
    public void More_responsibilities_than_an_array_holds_are_refused_with_the_number()
    {
        var rows = torch.zeros(1, 1, torch.float64).expand(2_000_000_000, 1);
        FluentActions.Invoking(() => new MixtureRows(rows.expand(2_000_000_000, 2))).Should().Throw<ArgumentException>()
            .WithMessage("2000000000 rows of 2 columns are 4000000000 values*sample*");
    }

    private static void Near(IEnumerable<double> actual, IEnumerable<double> expected)
    {
        var (found, right) = (actual.ToArray(), expected.ToArray());
        found.Should().HaveSameCount(right);
        var scale = right.Max(Math.Abs);
        for (var i = 0; i < right.Length; i++)
            found[i].Should().BeApproximately(right[i], 1e-12 * Math.Max(scale, 1));
    }
}
