using TorchSharp;

namespace VaeToolkit.Tests.Data;

public sealed class BatchTests
{
    [Theory]
    [InlineData(0, 3, 3)]
    [InlineData(2, 4, 2)]
    [InlineData(4, 6, 0)]
    [InlineData(0, 10, 4)]
    public void A_slice_says_which_of_its_own_items_are_labelled(int start, int count, int labelled)
    {
        using var scope = torch.NewDisposeScope();
        using var batch = new Batch(torch.arange(10).reshape(10, 1), torch.arange(10)) { LabelledItems = 4, LongestSequence = 7 };
        using var slice = batch.Slice(start, count);
        slice.Items.Values().Should().Equal(Enumerable.Range(start, count).Select(i => (double)i));
        slice.Labels!.Values().Should().Equal(slice.Items.Values());
        (slice.LabelledItems, slice.LongestSequence).Should().Be((labelled, 7));
    }

    [Fact]
    public void What_nobody_has_said_a_slice_does_not_say()
    {
        using var batch = new Batch(torch.zeros(3, 1));
        using var slice = batch.Slice(1, 2);
        slice.LabelledItems.Should().BeNull();
        slice.LongestSequence.Should().BeNull();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void No_more_items_are_labelled_than_there_are(int labelled)
    {
        using var items = torch.zeros(3, 1);
        FluentActions.Invoking(() => new Batch(items) { LabelledItems = labelled }).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage($"of 3 items, 0 to 3 can be labelled*{labelled}*");
    }
}
