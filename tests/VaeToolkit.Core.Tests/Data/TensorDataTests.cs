using TorchSharp;

namespace VaeToolkit.Tests.Data;

public sealed class TensorDataTests
{
    [Fact]
    public void Rows_come_with_their_labels_in_the_type_they_have()
    {
        using var scope = torch.NewDisposeScope();
        using var data = new TensorData(torch.tensor(new double[] { 0, 0, 1, 1, 2, 2 }, [3, 2]), torch.tensor(new[] { 0, 1, 2 }));
        data.ItemShape.Should().Equal(2);
        data.HasLabels.Should().BeTrue();
        foreach (var batch in data.Batches(2, seed: 0, epoch: 0))
        {
            batch.Items.dtype.Should().Be(torch.float64);
            var labels = batch.Labels!.data<long>().ToArray();
            batch.Items.data<double>().ToArray().Should().Equal(labels.SelectMany(label => new double[] { label, label }));
        }
        var (first, second) = data.Split(2, seed: 0);
        first.ReadLabels()!.Concat(second.ReadLabels()!).Should().BeEquivalentTo([0, 1, 2]);
        second.InOrder(9).Should().ContainSingle();
    }

    [Fact]
    public void Selected_rows_come_in_the_order_asked_for_and_twice_if_asked_for_twice()
    {
        using var scope = torch.NewDisposeScope();
        using var data = new TensorData(torch.arange(5, dtype: torch.float32).reshape(5, 1), torch.arange(5));
        var part = data.Select([4, 1, 1]);
        part.ReadLabels().Should().Equal(4, 1, 1);
        part.Select([0, 2]).ReadLabels().Should().Equal([4, 1], "places are the part's own");
        part.InOrder(3).Select(batch => batch.Items.data<float>().ToArray()).Single().Should().Equal(4, 1, 1);
        FluentActions.Invoking(() => part.Select([3])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*3 items*");
        FluentActions.Invoking(() => part.Select([])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void The_memory_is_shared_with_the_caller_whose_tensor_lives_on()
    {
        using var mine = torch.zeros(2, 2).DetachFromDisposeScope();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var data = new TensorData(mine))
        {
            mine.fill_(7);
            foreach (var batch in data.InOrder(2))
                batch.Items.data<float>().ToArray().Should().Equal(7, 7, 7, 7);
        }
        mine.data<float>().ToArray()[0].Should().Be(7);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    [Fact]
    public void Bad_items_are_refused_with_what_came()
    {
        using var scope = torch.NewDisposeScope();
        Refusal(torch.zeros(4)).Should().Match("*[N, *item]*[4]*");
        Refusal(torch.zeros(0, 4)).Should().Match("*[0, 4]*");
        Refusal(torch.zeros([4, 4], dtype: torch.int64)).Should().Match("*Int64*");
        Refusal(torch.tensor(new float[] { 0, 1, 2, float.NaN, 3, 4 }, [3, 2])).Should().Match("Item 1 holds NaN*");
        Refusal(torch.tensor(new float[] { 0, 1, 2, 3, 3, float.PositiveInfinity }, [3, 2])).Should().Match("Item 2*");
        Refusal(torch.zeros([2, 2], device: torch.META)).Should().Match("Items are on the device 'meta', which keeps no values*");
        using var data = new TensorData(torch.zeros(2, 2));
        foreach (var move in new Action[] { () => data.To("meta"), () => data.To(torch.META) })
            move.Should().Throw<ArgumentException>().WithMessage("data cannot be moved to the device 'meta', which keeps no values*");
        Refusal(torch.zeros(2, 2), torch.zeros([2, 1], dtype: torch.int64)).Should().Match("*one label*[2, 1]*");

        static string Refusal(torch.Tensor items, torch.Tensor? labels = null)
        {
            var make = () => new TensorData(items, labels).Dispose();
            return make.Should().Throw<ArgumentException>().Which.Message;
        }
    }
}
