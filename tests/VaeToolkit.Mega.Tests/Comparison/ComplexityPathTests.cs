using TorchSharp;

namespace VaeToolkit.Mega.Tests.Comparison;

public sealed class ComplexityPathTests
{
    [RealDataFact("tabular")]
    public void Exact_gap_is_the_same_for_every_k_while_the_held_out_one_and_bic_are_not()
    {
        using var scope = torch.NewDisposeScope();
        var rows = Tables.Rows("iris");
        var even = rows.index_select(0, torch.arange(0, 150, 2, dtype: torch.int64));
        var odd = rows.index_select(0, torch.arange(1, 150, 2, dtype: torch.int64));
        var models = Enumerable.Range(1, 3)
            .Select(k => (k, (ClassicalModel)GaussianMixture.Fit(even, k, new() { Regularisation = 0 }).Model)).ToArray();
        var exact = ComplexityPath.Of(even, models, [0, 500], GapEstimator.Exact);
        exact.Points.Should().OnlyContain(
            point => Math.Abs(point.SecondOrder - exact.Points[0].SecondOrder) < 1e-9 && point.StandardError == null);
        exact.Selections.Should().Equal((0, 3), (500, 3));
        var sampled = ComplexityPath.Of(even, models, [], GapEstimator.MonteCarlo(200, 1));
        sampled.Points[0].StandardError.Should().BeApproximately(0, 1e-3, "every draw of one component has the same moments");
        sampled.Points.Skip(1).Should().OnlyContain(
            point => point.StandardError > 1 && point.SecondOrder < 6 * point.StandardError, "it is the draws' noise");
        ComplexityPath.Of(even, models, [0], GapEstimator.HeldOut(odd)).Points
            .Should().OnlyContain(point => point.SecondOrder > exact.Points[0].SecondOrder);
        exact.Points.MinBy(point => point.Bic)!.Complexity.Should().Be(2);
        FluentActions.Invoking(() => ComplexityPath.Of(even, models, [-1], GapEstimator.Exact))
            .Should().Throw<ArgumentException>().WithMessage("*alphas[0] is -1*");
    }

    [RealDataFact("tabular")]
    public void A_path_that_fits_its_models_holds_a_fifth_of_the_rows_out_unless_told_otherwise()
    {
        using var scope = torch.NewDisposeScope();
        var rows = Tables.Rows("iris");
        var seen = new List<long>();
        ComplexityPath Path(GapEstimator? estimator, long seed) => ComplexityPath.Fit(rows, [1, 2, 3], Fitted, [0], estimator, seed);
        var held = Path(null, seed: 1);
        seen.Should().Equal(120, 120, 120);
        held.Points.Select(point => point.SecondOrder).Should().Equal(Path(null, seed: 1).Points.Select(point => point.SecondOrder));
        held.Points[0].SecondOrder.Should().NotBe(Path(null, seed: 2).Points[0].SecondOrder);
        held.Points.Select(point => point.Complexity).Should().Equal(1, 2, 3);
        seen.Clear();
        Path(GapEstimator.Exact, seed: 1).Points
            .Should().OnlyContain(point => Math.Abs(point.SecondOrder - 0.0282399) < 5e-8, "‖S‖_F/n of all rows, whatever K");
        seen.Should().Equal(150, 150, 150);
        FluentActions.Invoking(() => ComplexityPath.Fit(rows.narrow(0, 0, 9), [1], Fitted, [0]))
            .Should().Throw<ArgumentException>().WithMessage("*at least 10 row*");
        FluentActions.Invoking(() => ComplexityPath.Fit(rows, [], Fitted, [0]))
            .Should().Throw<ArgumentException>().WithMessage("*no model*");

        ClassicalModel Fitted(torch.Tensor train, int k)
        {
            seen.Add(train.shape[0]);
            return GaussianMixture.Fit(
                train, k, new() { Regularisation = 0, Restarts = 1, Em = new() { MaxIterations = 20 } }).Model;
        }
    }

    [Fact]
    public void A_size_that_is_degenerate_is_named_and_the_others_are_kept()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3);
        var rows = torch.randn([12, 3], torch.float64, generator: generator);
        var path = Path(1, 9);
        path.Points.Select(point => point.Complexity).Should().Equal(1);
        path.Failures.Should().ContainSingle().Which.Complexity.Should().Be(9);
        path.ToString().Should().Contain("size 9 could not be fitted: 12 rows are too few");
        FluentActions.Invoking(() => Path(9)).Should().Throw<DegenerateDataException>().WithMessage("no size can be fitted; size 9: *");

        ComplexityPath Path(params int[] sizes)
            => ComplexityPath.Fit(rows, sizes, (train, k) => GaussianMixture.Fit(train, k).Model, [0], GapEstimator.Exact);
    }
}
