using TorchSharp;

namespace VaeToolkit.SemiSupervised.Tests.Bottleneck;

public sealed class TwoViewsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Views_stay_paired_in_any_order()
    {
        var input = torch.arange(20, dtype: torch.float32).reshape(10, 2);
        using var views = TwoViews.Of(input, input * 100);
        views.Count.Should().Be(10);
        views.ItemShape.Should().Equal(4);
        foreach (var batch in views.Batches(3, seed: 1, epoch: 2))
            (batch.Items.narrow(1, 0, 2) * 100).Values().Should().Equal(batch.Items.narrow(1, 2, 2).Values());
    }

    [Fact]
    public void Labels_become_one_hot_rows_beside_the_items_and_their_entropy_is_known()
    {
        using var data = new TensorData(torch.arange(8, dtype: torch.float32).reshape(4, 2), torch.tensor(new long[] { 2, 0, 2, 1 }));
        using var views = TwoViews.OfLabels(data, 3);
        views.ItemShape.Should().Equal(5);
        views.ClassEntropy.Should().BeApproximately(1.5 * Math.Log(2), 1e-12, "shares are ¼, ¼ and ½");
        views.InOrder(4).Select(batch => batch.Items.Values()).Single().Should().Equal(
            0, 1, 0, 0, 1,
            2, 3, 1, 0, 0,
            4, 5, 0, 0, 1,
            6, 7, 0, 1, 0);
    }

    [Fact]
    public void Views_that_cannot_be_used_are_refused()
    {
        var rows = torch.rand(4, 3);
        Invoking(() => TwoViews.Of(rows, torch.rand(5, 3))).Should().Throw<ArgumentException>().WithMessage("*[4, 3]*[5, 3]*");
        Invoking(() => TwoViews.Of(rows, torch.full([4L, 2L], 0.3))).Should().Throw<ArgumentException>().WithMessage("*same*");
        var rounded = torch.tensor([0.3, 0.1 + 0.2, 0.3, 0.3]).reshape(4, 1);
        Invoking(() => TwoViews.Of(rows.to(torch.float64), rounded)).Should().Throw<ArgumentException>().WithMessage("*same*");
        var hole = torch.tensor(new[] { 1f, 2, 3, 4, float.NaN, 6, 7, 8 }, [4, 2]);
        Invoking(() => TwoViews.Of(hole, rows)).Should().Throw<ArgumentException>().WithMessage("Item 2 holds NaN*");
        Invoking(() => TwoViews.Of(rows, hole)).Should().Throw<ArgumentException>().WithMessage("Item 2 holds NaN*");
    }

    [Fact]
    public void Labels_that_cannot_be_used_are_refused()
    {
        var rows = torch.rand(4, 3);
        using var unseen = new TensorData(rows, torch.tensor(new long[] { 0, 1, 3, 1 }));
        Invoking(() => TwoViews.OfLabels(unseen, 3)).Should().Throw<ArgumentException>().WithMessage("*row 2 is 3*");
        using var constant = new TensorData(rows, torch.tensor(new long[] { 1, 1, 1, 1 }));
        Invoking(() => TwoViews.OfLabels(constant, 3)).Should().Throw<ArgumentException>().WithMessage("*all labels are 1*");
        using var unlabelled = new TensorData(rows);
        Invoking(() => TwoViews.OfLabels(unlabelled, 3)).Should().Throw<ArgumentException>().WithMessage("*no labels*");
        Invoking(() => TwoViews.OfLabels(unseen, 1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static Action Invoking(Func<TwoViews> function) => () => function();
}
