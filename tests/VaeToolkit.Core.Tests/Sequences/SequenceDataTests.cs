using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Sequences;

/// <summary>Batches of sequences about as long as each other hold every sequence once, in an order of (seed, epoch).</summary>
public sealed class SequenceDataTests
{
    private const int Count = 205;

    [Fact]
    public void An_epoch_has_every_sequence_once_and_is_a_function_of_seed_and_epoch()
    {
        using var scope = torch.NewDisposeScope();
        using var data = new SequenceData(Rows());
        var first = Order(data, 1, 0);
        first.Order().Should().Equal(Enumerable.Range(0, Count).Select(i => (double)i));
        Order(data, 1, 0).Should().Equal(first);
        Order(data, 1, 1).Should().NotEqual(first);
        Order(data, 2, 0).Should().NotEqual(first);
        data.InOrder(10).SelectMany(batch => batch.Items.select(1, 39).Values()).Should()
            .Equal(Enumerable.Range(0, Count).Select(i => (double)i));
    }

    [Fact]
    public void Batches_are_whole_but_for_the_last_and_hold_sequences_about_as_long()
    {
        using var scope = torch.NewDisposeScope();
        using var rows = Rows();
        using var data = new SequenceData(rows, [.. Lengths()]);
        var sizes = data.Batches(10, 3, 0).Select(batch => batch.Size).ToArray();
        sizes.Should().Equal([.. Enumerable.Repeat(10L, 20), 5L]);
        using var plain = new TensorData(rows);
        // What is computed, with every sequence as long as its batch's longest.
        double Places(DataSource source) => source.Batches(10, 3, 0).Sum(batch => batch.Size * LongestOf(batch));
        var needed = (double)Lengths().Sum();
        Places(data).Should().BeLessThan(1.15 * needed);
        Places(plain).Should().BeGreaterThan(1.5 * needed);
    }

    [Fact]
    public void Batches_say_how_long_their_sequences_are_unless_lengths_were_given()
    {
        using var scope = torch.NewDisposeScope();
        using var rows = Rows();
        using var data = new SequenceData(rows);
        using var part = data.Select([.. Enumerable.Range(3, 50)]);
        foreach (var source in new[] { data, part })
        {
            var told = source.Batches(10, 3, 0).Concat(source.InOrder(7)).Select(
                batch => (batch.LongestSequence, (int?)(batch.Items != 0).sum(1).max().ToInt64())).ToList();
            told.Should().HaveCountGreaterThan(10).And.OnlyContain(batch => batch.Item1 == batch.Item2);
        }
        using var given = new SequenceData(rows, [.. Lengths()]);
        given.Batches(10, 3, 0).Select(batch => batch.LongestSequence).Should().OnlyContain(length => length == null);
        using var counted = new SequenceData(rows, [.. Lengths()], countTokens: true);
        counted.InOrder(Count).Select(batch => batch.LongestSequence).Should().Equal(31);
        FluentActions.Invoking(() => new Batch(rows) { LongestSequence = 0 }).Should().Throw<ArgumentOutOfRangeException>();
    }

    // On meta, where nothing can be read.
    [Fact]
    public void A_step_cuts_its_batch_behind_the_longest_sequence_without_reading()
    {
        using var scope = torch.NewDisposeScope();
        using var batch = new Batch(torch.ones([5, 12], device: torch.META)) { LongestSequence = 4 };
        TrainingStep.LongestOf(batch.Items).Should().BeNull("nothing is told of items outside of a step");
        using (TrainingStep.Begin(batch))
        {
            TrainingStep.LongestOf(batch.Items).Should().Be(4);
            TrainingStep.LongestOf(batch.Items.clone()).Should().BeNull("these may be others");
            using var half = batch.Slice(1, 2);
            using (TrainingStep.Begin(half))
                TrainingStep.LongestOf(half.Items).Should().Be(4);
            TrainingStep.LongestOf(batch.Items).Should().Be(4);
        }
        TrainingStep.LongestOf(batch.Items).Should().BeNull();
        TokenRows.Trimmed(batch.Items, told: 4).shape.Should().Equal(5, 4);
        TokenRows.Trimmed(batch.Items, told: 40).shape.Should().Equal(5, 12);
        TokenRows.Trimmed(batch.Items, told: null).shape.Should().Equal(5, 12);
    }

    [Fact]
    public void On_the_CPU_tokens_are_cut_behind_the_longest_whatever_was_told()
    {
        using var scope = torch.NewDisposeScope();
        var rows = torch.tensor(new float[] { 3, 4, 1, 0, 0, 5, 1, 0, 0, 0 }, [2, 5]);
        foreach (var told in new int?[] { null, 1, 3, 4, 50 })
            TokenRows.Trimmed(rows, told).Values().Should().Equal(3, 4, 1, 5, 1, 0);
    }

    [Fact]
    public void Parts_and_what_does_not_fit()
    {
        using var scope = torch.NewDisposeScope();
        using var rows = Rows();
        using var data = new SequenceData(rows);
        using var part = data.Select([7, 3, 7]);
        part.InOrder(3).SelectMany(batch => batch.Items.select(1, 39).Values()).Should().Equal(7, 3, 7);
        FluentActions.Invoking(() => new SequenceData(rows, [1, 2])).Should()
            .Throw<ArgumentException>().WithMessage("*205 items and 2 lengths*");
        FluentActions.Invoking(() => data.Batches(0, 1, 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => data.Batches(Count + 1, 1, 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static IEnumerable<int> Lengths() => Enumerable.Range(0, Count).Select(i => 1 + (i * 17 % 31));

    // As many ones as the sequence is long, and the sequence's number in the last column.
    private static torch.Tensor Rows()
    {
        var rows = torch.zeros(Count, 40);
        foreach (var (i, length) in Lengths().Index())
        {
            rows[i].narrow(0, 0, length).fill_(1);
            rows[i, 39] = i;
        }
        return rows;
    }

    private static double LongestOf(Batch batch) => batch.Items.narrow(1, 0, 39).sum(1).max().ToDouble();

    private static double[] Order(SequenceData data, long seed, int epoch)
        => [.. data.Batches(20, seed, epoch).SelectMany(batch => batch.Items.select(1, 39).Values())];
}
