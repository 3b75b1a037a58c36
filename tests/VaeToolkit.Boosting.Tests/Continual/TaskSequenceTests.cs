using TorchSharp;

namespace VaeToolkit.Boosting.Tests.Continual;

public sealed class TaskSequenceTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly TensorData _train = Stripes.Data(20);
    private readonly TensorData _test = Stripes.Data(5);

    public void Dispose()
    {
        _train.Dispose();
        _test.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Every_class_becomes_a_task_with_its_own_items_and_the_last_ones_set_aside()
    {
        using var tasks = TaskSequence.OneClassEach(_train, _test, 3, validationItems: 12);
        tasks.Tasks.Select(task => task.Name).Should().Equal("0", "1", "2");
        tasks.Tasks.Select(task => task.Train.Count).Should().OnlyContain(count => count == 16);
        tasks.Tasks.Select(task => task.Validation!.Count).Should().OnlyContain(count => count == 4);
        tasks.Tasks.Select(task => task.Test.Count).Should().OnlyContain(count => count == 5);
        tasks.Tasks[1].Train.ReadLabels().Should().OnlyContain(label => label == 1);
        var wanted = All(_train).Index().Where(item => item.Index % 3 == 1).Select(item => item.Item).ToArray();
        All(tasks.Tasks[1].Train).Concat(All(tasks.Tasks[1].Validation!)).Should().Equal(wanted);
    }

    [Fact]
    public void Pairs_and_other_groups_become_tasks()
    {
        using var tasks = TaskSequence.Of(_train, _test, [[2, 0], [1]]);
        tasks.Tasks.Select(task => task.Name).Should().Equal("2+0", "1");
        tasks.Tasks[0].Train.Count.Should().Be(40);
        tasks.Tasks[0].Validation.Should().BeNull();
        tasks.Tasks[0].Test.ReadLabels()!.Distinct().Should().BeEquivalentTo([0L, 2L]);
    }

    [Fact]
    public void Tasks_that_cannot_be_are_named()
    {
        Named([], "*no tasks*");
        Named([[0], []], "*task 1 has no classes*");
        Named([[0], [1, 0]], "*class 0 comes 2 times*");
        Named([[0], [7]], "*classes 7 has no training items*");
        FluentActions.Invoking(() => TaskSequence.OneClassEach(_train, _test, 0))
            .Should().Throw<ArgumentException>().WithMessage("*no tasks*");
        FluentActions.Invoking(() => TaskSequence.OneClassEach(_train, _test, 3, 60)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => TaskSequence.OneClassEach(_train, _test, 3, 2))
            .Should().Throw<ArgumentException>().WithMessage("*no validation items*");
        using var unlabelled = new TensorData(torch.rand([4L, 6L]));
        FluentActions.Invoking(() => TaskSequence.OneClassEach(unlabelled, _test, 1))
            .Should().Throw<ArgumentException>().WithMessage("*no labels*").WithParameterName("train");

        void Named(IReadOnlyList<IReadOnlyList<long>> classes, string message)
            => FluentActions.Invoking(() => TaskSequence.Of(_train, _test, classes))
                .Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static IEnumerable<string> All(TensorData data)
        => data.InOrder(1000).SelectMany(batch => batch.Items.Values().Chunk(6).Select(row => string.Join(',', row)).ToArray());
}
