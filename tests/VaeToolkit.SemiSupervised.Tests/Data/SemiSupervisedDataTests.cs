using TorchSharp;

namespace VaeToolkit.SemiSupervised.Tests.Data;

public sealed class SemiSupervisedDataTests : IDisposable
{
    private static readonly LabelSpace s_labels = new(3);
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void An_epoch_goes_once_through_the_unlabelled_rows_with_labelled_ones_in_every_batch()
    {
        using var rows = Numbered(26);
        using var data = SemiSupervisedData.HideLabels(rows, perClass: 2, s_labels, seed: 1, labelledBatch: 4);
        (data.LabelledCount, data.UnlabelledCount, data.Count).Should().Be((6, 20, 20));
        data.Warnings.Should().BeEmpty();
        var seen = new List<double>();
        foreach (var (items, labels) in Read(data.Batches(8, seed: 3, epoch: 0)))
        {
            labels.Count(label => label >= 0).Should().Be(4);
            items.Zip(labels).Where(p => p.Second >= 0)
                .Should().OnlyContain(p => (long)p.First % 3 == p.Second, "labels stay with their rows");
            seen.AddRange(items.Zip(labels).Where(p => p.Second < 0).Select(p => p.First));
        }
        seen.Should().HaveCount(20).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void The_choice_of_labelled_rows_and_how_many_a_batch_has_tell_data_apart()
    {
        using var rows = Numbered(30);
        string? Of(long seed, int labelledBatch)
            => SemiSupervisedData.HideLabels(rows, perClass: 2, s_labels, seed, labelledBatch).Fingerprint();
        Of(1, 3).Should().Be(Of(1, 3)).And.NotBe(Of(2, 3)).And.NotBe(Of(1, 4))
            .And.MatchRegex("^6 labelled items, 3 of them a batch, labelled [0-9a-f]{16}, unlabelled [0-9a-f]{16}$");
    }

    [Fact]
    public void Order_is_a_function_of_seed_and_epoch()
    {
        using var rows = Numbered(30);
        using var data = SemiSupervisedData.HideLabels(rows, perClass: 2, s_labels, seed: 1, labelledBatch: 3);
        double[] Order(long seed, int epoch) => [.. Read(data.Batches(6, seed, epoch)).SelectMany(b => b.Items)];
        Order(1, 2).Should().Equal(Order(1, 2)).And.NotEqual(Order(1, 3)).And.NotEqual(Order(2, 2));
        using var same = SemiSupervisedData.HideLabels(rows, perClass: 2, s_labels, seed: 1, labelledBatch: 3);
        Read(same.Batches(6, 1, 2)).SelectMany(b => b.Items).Should().Equal(Order(1, 2));
    }

    [Fact]
    public void Over_steps_every_labelled_row_comes_equally_often()
    {
        using var rows = Numbered(66);
        using var data = SemiSupervisedData.HideLabels(rows, perClass: 2, s_labels, seed: 1, labelledBatch: 3);
        var counts = Read(data.Batches(1, seed: 1, epoch: 0))
            .SelectMany(b => b.Items.Zip(b.Labels)).Where(p => p.Second >= 0).GroupBy(p => p.First);
        counts.Should().HaveCount(6).And.OnlyContain(group => group.Count() == 30, "60 batches of 3 rows out of 6");
    }

    [Fact]
    public void A_batch_larger_than_the_labelled_set_has_rows_several_times()
    {
        using var rows = Numbered(13);
        using var data = SemiSupervisedData.HideLabels(rows, perClass: 1, s_labels, seed: 1, labelledBatch: 7);
        foreach (var (items, labels) in Read(data.Batches(5, seed: 1, epoch: 0)))
        {
            labels.Count(label => label >= 0).Should().Be(7);
            items.Zip(labels).Where(p => p.Second >= 0).GroupBy(p => p.First)
                .Should().HaveCount(3).And.OnlyContain(group => group.Count() == 2 || group.Count() == 3);
        }
    }

    [Fact]
    public void In_stored_order_every_row_comes_once()
    {
        using var rows = Numbered(26);
        using var data = SemiSupervisedData.HideLabels(rows, perClass: 2, s_labels, seed: 1, labelledBatch: 4);
        Read(data.InOrder(5)).SelectMany(b => b.Items).Order().Should().Equal(Enumerable.Range(0, 26).Select(i => (double)i));
    }

    [Fact]
    public void All_labelled_or_none_is_allowed_and_said()
    {
        using var rows = Numbered(9);
        using var all = new SemiSupervisedData(rows, null, s_labels);
        all.Count.Should().Be(9);
        Read(all.Batches(4, 1, 0)).SelectMany(b => b.Labels).Should().HaveCount(9).And.NotContain(-1);
        using var none = new SemiSupervisedData(null, rows, s_labels);
        none.Warnings.Should().ContainSingle().Which.Should().Contain("No item is labelled");
        Read(none.Batches(4, 1, 0)).SelectMany(b => b.Labels).Should().HaveCount(9).And.OnlyContain(label => label == -1);
        using var two = new SemiSupervisedData(rows.Select([0, 1, 3]), rows, s_labels);
        two.Warnings.Should().ContainSingle().Which.Should().Contain("without a labelled item: 2");
        two.Labelled!.Count.Should().Be(3);
    }

    [Fact]
    public void Data_that_cannot_be_used_are_refused()
    {
        using var rows = Numbered(9);
        using var wide = new TensorData(torch.randn(5, 2));
        Invoking(() => new SemiSupervisedData(null, null, s_labels)).Should().Throw<ArgumentException>();
        Invoking(() => new SemiSupervisedData(rows, wide, s_labels)).Should().Throw<ArgumentException>().WithMessage("*[1]*[2]*");
        Invoking(() => new SemiSupervisedData(rows, null, new LabelSpace(2)))
            .Should().Throw<ArgumentException>().WithMessage("*row 2 is 2*");
        Invoking(() => new SemiSupervisedData(wide, null, s_labels)).Should().Throw<ArgumentException>().WithMessage("*no labels*");
        Invoking(() => new SemiSupervisedData(rows, null, s_labels, labelledBatch: 0)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => SemiSupervisedData.HideLabels(rows, 4, s_labels, 1))
            .Should().Throw<ArgumentException>().WithMessage("*class 0 has 3*");
        Invoking(() => SemiSupervisedData.HideLabels(rows, 0, s_labels, 1)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => SemiSupervisedData.HideLabels(wide, 1, s_labels, 1)).Should().Throw<ArgumentException>();
    }

    private static Action Invoking<T>(Func<T> function) => () => function();

    // Row i is the number i, of class i mod 3.
    private static TensorData Numbered(int count)
        => new(torch.arange(count, dtype: torch.float32).reshape(count, 1), torch.arange(count, dtype: torch.int64).remainder(3));

    private static IEnumerable<(double[] Items, long[] Labels)> Read(IEnumerable<Batch> batches)
    {
        foreach (var batch in batches)
            yield return (batch.Items.Values(), batch.Labels!.data<long>().ToArray());
    }
}
