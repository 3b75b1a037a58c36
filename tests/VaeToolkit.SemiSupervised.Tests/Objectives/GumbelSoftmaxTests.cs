using TorchSharp;
using VaeToolkit.SemiSupervised.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Objectives;

public sealed class GumbelSoftmaxTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Rows_are_one_hots_with_the_classifiers_shares()
    {
        const int Count = 20_000;
        var labels = new LabelSpace(3, 2);
        var logits = torch.tensor(new[] { 0, Math.Log(2), Math.Log(5), 0, Math.Log(3) }).expand(Count, 5);
        var rows = new GumbelSoftmax().Rows(logits, labels);
        (rows - rows.round()).abs().max().ToDouble().Should().BeLessThan(1e-9);
        var shares = rows.mean([0L]).Values();
        foreach (var (share, expected) in shares.Zip([1 / 8.0, 0.25, 5 / 8.0, 0.25, 0.75]))
            share.Should().BeApproximately(expected, 4 * Math.Sqrt(expected * (1 - expected) / Count));
    }

    [Fact]
    public void Its_mean_is_the_exact_sum_over_classes()
    {
        using var model = SmallM2.Seeded(new LabelSpace(4)).to(torch.float64);
        var x = torch.randn(1, 6, dtype: torch.float64).expand(20_000, 6);
        using var noGradient = torch.no_grad();
        var exact = new M2Objective(0, 1).UnlabelledBound(model, x).Bound.mean().ToDouble();
        var drawn = new M2Objective(0, 1, new() { DrawnClass = new() }).UnlabelledBound(model, x).Bound.Values();
        var error = Math.Sqrt(drawn.Sum(v => (v - drawn.Average()) * (v - drawn.Average())) / drawn.Length / drawn.Length);
        drawn.Average().Should().BeApproximately(exact, 5 * error, "both are means over 20 000 draws, the exact one over less noise");
    }

    [Fact]
    public void It_learns_the_clusters_too()
    {
        var labels = new LabelSpace(3);
        using var rows = SmallM2.Clusters(300, 1);
        using var data = SemiSupervisedData.HideLabels(rows, perClass: 2, labels, seed: 2, labelledBatch: 6);
        using var model = SmallM2.Seeded(labels);
        var objective = new M2Objective(6, 294, new() { DrawnClass = new(), UnlabelledWarmUp = BetaWarmUp.OverEpochs(20) });
        Trainer.Fit(model, objective, data, options: new() { Epochs = 40, BatchSize = 30, LearningRate = 1e-2 });
        ClassificationReport.Of(model, rows).Accuracy.Should().BeGreaterThan(0.95);
    }

    [Fact]
    public void Temperatures_of_zero_are_refused()
        => FluentActions.Invoking(() => new M2Objective(1, 1, new() { DrawnClass = new(0) })).Should().Throw<ArgumentOutOfRangeException>();
}
