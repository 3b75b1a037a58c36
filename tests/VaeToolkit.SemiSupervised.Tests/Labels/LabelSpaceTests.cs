using TorchSharp;

namespace VaeToolkit.SemiSupervised.Tests.Labels;

public sealed class LabelSpaceTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Combinations_are_numbered_with_the_last_thing_changing_fastest()
    {
        var space = new LabelSpace(3, 2);
        (space.Count, space.RowSize).Should().Be((6, 5));
        space.IndexOf(2, 1).Should().Be(5);
        space.IndexOf(1, 0).Should().Be(2);
        space.Rows(torch.tensor(new long[] { 5, 2 })).Values().Should().Equal(0, 0, 1, 0, 1, 0, 1, 0, 1, 0);
        space.AllRows(torch.zeros(1)).shape.Should().Equal(6, 5);
    }

    [Fact]
    public void Plain_labels_are_one_hot_rows()
    {
        var space = new LabelSpace(4);
        space.Rows(torch.tensor(new long[] { 3, 0 })).Values().Should().Equal(0, 0, 0, 1, 1, 0, 0, 0);
        space.ToString().Should().Be("4 classes");
        foreach (var type in (torch.ScalarType[])[torch.uint8, torch.int32])
            space.Rows(torch.tensor(new long[] { 3, 0 }).to(type)).Values().Should().Equal(0, 0, 0, 1, 1, 0, 0, 0);
        new LabelSpace(2).Rows(torch.tensor(new[] { true, false })).Values().Should().Equal(0, 1, 1, 0);
        new LabelSpace(300).Rows(torch.tensor(new byte[] { 200 })).argmax(1).ToInt64().Should().Be(200);
    }

    [Fact]
    public void What_is_no_label_is_refused()
    {
        Invoking(() => new LabelSpace()).Should().Throw<ArgumentException>();
        Invoking(() => new LabelSpace(1)).Should().Throw<ArgumentException>();
        var space = new LabelSpace(3, 2);
        Invoking(() => space.IndexOf(1)).Should().Throw<ArgumentException>();
        Invoking(() => space.IndexOf(1, 2)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => space.Rows(torch.tensor(new long[] { 0, 6 }))).Should().Throw<ArgumentException>().WithMessage("*row 1 is 6*");
        Invoking(() => space.Rows(torch.zeros(2))).Should().Throw<ArgumentException>().WithMessage("*Float32*whole numbers*");
    }

    private static Action Invoking<T>(Func<T> function) => () => function();
}
