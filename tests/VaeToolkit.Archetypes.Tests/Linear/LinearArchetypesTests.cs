using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Archetypes.Tests.Linear;

public sealed class LinearArchetypesTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 8)]
    [InlineData(5, 6)]
    [InlineData(8, 20)]
    public void Of_an_exact_simplex_the_residual_vanishes_and_the_archetypes_are_the_vertices(int archetypes, int dimension)
    {
        using var scope = torch.NewDisposeScope();
        var (items, vertices) = Exact(archetypes, dimension, seed: archetypes);
        var fit = LinearArchetypes.Fit(items, archetypes);
        fit.Residual.Should().BeLessThan(1e-6);
        fit.ExplainedVariance.Should().BeApproximately(1, 1e-9);
        VertexMatch.Of(fit.Archetypes(), Matrix(vertices)).LargestDistance.Should().BeLessThan(1e-4);
        RequireMixtures(fit.Weights());
        RequireMixtures(fit.Mixing());
    }

    [Fact]
    public void The_residual_is_that_of_its_own_matrices()
    {
        using var scope = torch.NewDisposeScope();
        var items = Noisy(60, 4, seed: 1);
        var fit = LinearArchetypes.Fit(items, 3);
        var (a, b) = (torch.tensor(fit.Weights()), torch.tensor(fit.Mixing()));
        (items - a.mm(b).mm(items)).square().sum().ToDouble().Should().BeApproximately(fit.Residual, 1e-9);
        b.mm(items).Values().Zip(torch.tensor(fit.Archetypes()).Values()).Should().OnlyContain(
            pair => Math.Abs(pair.First - pair.Second) < 1e-12);
        fit.ExplainedVariance.Should().BeApproximately(
            1 - (fit.Residual / (items - items.mean([0L], keepdim: true)).square().sum().ToDouble()), 1e-12);
    }

    // Gradient descent on free numbers whose softmax the weights are: another way to the same minimum.
    [Fact]
    public void Gradient_descent_from_its_answer_finds_nothing_better()
    {
        using var seed = SeedScope.Begin(4);
        using var scope = torch.NewDisposeScope();
        var items = Noisy(50, 3, seed: 2);
        var fit = LinearArchetypes.Fit(items, 4, new() { Starts = 10 });
        Descend(items, fit).Should().BeInRange(fit.Residual * 0.999, fit.Residual * 1.02);
    }

    [Fact]
    public void The_same_seed_gives_the_same_and_more_iterations_never_a_larger_residual()
    {
        using var scope = torch.NewDisposeScope();
        var items = Noisy(80, 5, seed: 3);
        var fit = LinearArchetypes.Fit(items, 4, new() { Seed = 9 });
        LinearArchetypes.Fit(items, 4, new() { Seed = 9 }).Archetypes().Cast<double>().Should().Equal(fit.Archetypes().Cast<double>());
        var residuals = Enumerable.Range(1, 12)
            .Select(most => LinearArchetypes.Fit(items, 4, new() { Starts = 1, MaxIterations = most, Tolerance = 0 }).Residual).ToList();
        residuals.Zip(residuals.Skip(1)).Should().OnlyContain(pair => pair.Second <= pair.First * (1 + 1e-12));
    }

    [Fact]
    public void As_many_archetypes_as_items_leave_no_residual()
    {
        using var scope = torch.NewDisposeScope();
        LinearArchetypes.Fit(Noisy(6, 3, seed: 4), 6).Residual.Should().BeLessThan(1e-12);
    }

    [Fact]
    public void Items_that_are_all_the_same_are_their_own_archetype()
    {
        using var scope = torch.NewDisposeScope();
        var fit = LinearArchetypes.Fit(torch.full([9, 2], 3.5, dtype: torch.float64), 3);
        fit.Residual.Should().Be(0);
        fit.ExplainedVariance.Should().Be(1);
        fit.Archetypes().Cast<double>().Should().OnlyContain(value => value == 3.5);
    }

    [Fact]
    public void Items_that_stand_many_times_and_columns_without_variance_change_nothing()
    {
        using var scope = torch.NewDisposeScope();
        var (items, vertices) = Exact(3, 2, seed: 5);
        var twice = torch.cat([items, items]);
        var fit = LinearArchetypes.Fit(torch.cat([twice, torch.full([twice.shape[0], 1], 7.0, dtype: torch.float64)], 1), 3);
        var wide = torch.cat([vertices, torch.full([3, 1], 7.0, dtype: torch.float64)], 1);
        VertexMatch.Of(fit.Archetypes(), Matrix(wide)).LargestDistance.Should().BeLessThan(1e-6);
    }

    [Theory]
    [InlineData(1e150)]
    [InlineData(1e-150)]
    public void The_unit_of_the_values_does_not_matter(double unit)
    {
        using var scope = torch.NewDisposeScope();
        var items = Noisy(40, 3, seed: 6);
        var (fit, scaled) = (LinearArchetypes.Fit(items, 3), LinearArchetypes.Fit(items * unit, 3));
        scaled.ExplainedVariance.Should().BeApproximately(fit.ExplainedVariance, 1e-9);
        scaled.Archetypes().Cast<double>().Zip(fit.Archetypes().Cast<double>()).Should().OnlyContain(
            pair => Math.Abs((pair.First / unit) - pair.Second) < 1e-6);
    }

    [Fact]
    public void Other_items_get_the_weights_of_their_nearest_point()
    {
        using var scope = torch.NewDisposeScope();
        var (items, vertices) = Exact(3, 2, seed: 7);
        var fit = LinearArchetypes.Fit(items, 3);
        var order = VertexMatch.Of(fit.Archetypes(), Matrix(vertices)).Found;
        var centre = fit.WeightsOf(vertices.mean([0L], keepdim: true));
        centre.Cast<double>().Should().OnlyContain(weight => Math.Abs(weight - (1.0 / 3)) < 1e-6);
        // Far beyond a vertex is at the vertex.
        var beyond = fit.WeightsOf((vertices[1] + ((vertices[1] - vertices.mean([0L])) * 10)).unsqueeze(0));
        beyond[0, order[1]].Should().BeApproximately(1, 1e-6);
        FluentActions.Invoking(() => fit.WeightsOf(torch.zeros(1, 3))).Should().Throw<ArgumentException>().WithMessage("*3 values*2*");
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        var items = Noisy(5, 2, seed: 8);
        FluentActions.Invoking(() => LinearArchetypes.Fit(items, 1)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*at least 2*");
        FluentActions.Invoking(() => LinearArchetypes.Fit(items, 6)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*5 items*");
        FluentActions.Invoking(() => LinearArchetypes.Fit(torch.zeros(0, 2), 2)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => LinearArchetypes.Fit(torch.zeros(4), 2)).Should().Throw<ArgumentException>();
        items[3, 1] = double.NaN;
        FluentActions.Invoking(() => LinearArchetypes.Fit(items, 2)).Should().Throw<ArgumentException>()
            .WithMessage("*NaN*row 3, column 1*");
        LinearArchetypesOptions[] bad = [new() { Starts = 0 }, new() { MaxIterations = 0 }, new() { Tolerance = -1 }];
        foreach (var options in bad)
            FluentActions.Invoking(() => LinearArchetypes.Fit(items, 2, options)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void It_can_be_cancelled_and_says_where_it_stands()
    {
        using var scope = torch.NewDisposeScope();
        var items = Noisy(50, 4, seed: 9);
        using var source = new CancellationTokenSource();
        var shares = new List<double>();
        LinearArchetypes.Fit(items, 3, progress: new Immediate(shares.Add));
        shares.Should().BeInAscendingOrder().And.HaveCountGreaterThan(1);
        shares[^1].Should().Be(1);
        source.Cancel();
        FluentActions.Invoking(() => LinearArchetypes.Fit(items, 3, cancellationToken: source.Token)).Should()
            .Throw<OperationCanceledException>();
    }

    private static (torch.Tensor Items, torch.Tensor Vertices) Exact(int archetypes, int dimension, long seed)
    {
        using var begun = SeedScope.Begin(seed);
        var vertices = torch.randn(archetypes, dimension, dtype: torch.float64) * 3;
        return (torch.cat([DirichletWeights.Draw(60, archetypes, 0.5).mm(vertices), vertices]), vertices);
    }

    private static torch.Tensor Noisy(int count, int dimension, long seed)
    {
        using var begun = SeedScope.Begin(seed);
        return torch.randn(count, dimension, dtype: torch.float64);
    }

    private static double Descend(torch.Tensor items, LinearArchetypes from)
    {
        // Every weight above 0 a little, so that all of them can grow.
        var a = torch.nn.Parameter((torch.tensor(from.Weights()) + 1e-2).log());
        var b = torch.nn.Parameter((torch.tensor(from.Mixing()) + 1e-3).log());
        using var adam = torch.optim.Adam([a, b], 0.05);
        var last = double.NaN;
        for (var step = 0; step < 600; step++)
        {
            using var scope = torch.NewDisposeScope();
            adam.zero_grad();
            var loss = (items - a.softmax(-1).mm(b.softmax(-1)).mm(items)).square().sum();
            loss.backward();
            adam.step();
            last = loss.ToDouble();
        }
        return last;
    }

    private static void RequireMixtures(double[,] weights)
    {
        weights.Cast<double>().Should().OnlyContain(weight => weight >= 0);
        for (var i = 0; i < weights.GetLength(0); i++)
            Enumerable.Range(0, weights.GetLength(1)).Sum(j => weights[i, j]).Should().BeApproximately(1, 1e-12);
    }

    [Fact]
    public void A_large_column_that_is_constant_changes_nothing()
    {
        using var scope = torch.NewDisposeScope();
        var items = torch.rand([30, 2], torch.float64, generator: new torch.Generator(4));
        var found = LinearArchetypes.Fit(torch.cat([items, torch.full([30, 1], 1e13, torch.float64)], 1), 3);
        found.Residual.Should().BeApproximately(LinearArchetypes.Fit(items, 3).Residual, 1e-9).And.BePositive();
    }

    [Fact]
    public void A_column_that_is_constant_has_nothing_to_explain_however_large()
    {
        using var scope = torch.NewDisposeScope();
        var items = Noisy(40, 3, seed: 6) * 1e-3;
        var expected = LinearArchetypes.Fit(items, 3);
        foreach (var constant in new[] { 1e12 + 0.1, 0.1 })
        {
            var found = LinearArchetypes.Fit(torch.cat([items, torch.full([40, 1], constant, dtype: torch.float64)], 1), 3);
            found.ExplainedVariance.Should().BeApproximately(expected.ExplainedVariance, 1e-9);
            found.Residual.Should().BeApproximately(expected.Residual, 1e-9 * expected.Residual);
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public void Items_that_are_the_same_but_for_rounding_have_nothing_to_explain(double unit)
    {
        using var scope = torch.NewDisposeScope();
        var items = torch.tensor(Enumerable.Range(0, 24).Select(i => (i % 5 < 2 ? 0.3 : 0.1 + 0.2) * unit).ToArray()).reshape(8, 3);
        var found = LinearArchetypes.Fit(items, 2);
        found.ExplainedVariance.Should().Be(1);
        found.Residual.Should().Be(0);
        found.Archetypes().Cast<double>().Should().OnlyContain(value => Math.Abs(value / unit - 0.3) < 1e-12);
        found.WeightsOf(items).Cast<double>().Should().NotContain(double.NaN);
    }

    private static double[,] Matrix(torch.Tensor tensor) => RowMatrix.Of(tensor, nameof(tensor));

    private sealed class Immediate(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
