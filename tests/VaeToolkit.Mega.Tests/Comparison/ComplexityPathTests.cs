using TorchSharp;
using VaeToolkit.Mega.Classical;
using VaeToolkit.Mega.Comparison;

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
        var models = Enumerable.Range(1, 3).Select(k => (k, (ClassicalModel)GaussianMixture.Fit(even, k, new() { Regularisation = 0 }).Model)).ToArray();
        var exact = ComplexityPath.Of(even, models, [0, 500], GapEstimator.Exact);
        exact.Points.Should().OnlyContain(point => Math.Abs(point.SecondOrder - exact.Points[0].SecondOrder) < 1e-9 && point.StandardError == null);
        exact.Selections.Should().Equal((0, 3), (500, 3));
        var sampled = ComplexityPath.Of(even, models, [], GapEstimator.MonteCarlo(200, 1));
        sampled.Points.Skip(1).Should().OnlyContain(point => point.StandardError > 1 && point.SecondOrder < 6 * point.StandardError, "it is the draws' noise");
        ComplexityPath.Of(even, models, [0], GapEstimator.HeldOut(odd)).Points.Should().OnlyContain(point => point.SecondOrder > exact.Points[0].SecondOrder);
        exact.Points.MinBy(point => point.Bic)!.Complexity.Should().Be(2);
        FluentActions.Invoking(() => ComplexityPath.Of(even, models, [-1], GapEstimator.Exact)).Should().Throw<ArgumentException>().WithMessage("*alphas[0] is -1*");
    }
}
