using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>A last batch of one item, of which batch normalisation has no variance.</summary>
public sealed class LastBatchTests : IDisposable
{
    private readonly TensorData _data = TinyData.Make(101, seed: 1);
    private readonly Standardised _model = new();

    public void Dispose()
    {
        _data.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void It_is_found_before_training_and_says_what_to_do()
    {
        var finding = FluentActions.Invoking(() => Fit(Options)).Should().Throw<PreFlightException>()
            .Which.Findings.Should().ContainSingle(text => text.StartsWith("The buffer 'norm.running_var'")).Which;
        finding.Should().Contain("1 item (101 items in batches of 100)").And.Contain("set LastBatch to Drop or Merge");
        _model.named_buffers().Should().OnlyContain(buffer => buffer.buffer.isfinite().all().item<bool>(), "a trial leaves no trace");
    }

    [Fact]
    public void Batches_of_one_item_are_found_too()
        => FluentActions.Invoking(() => Fit(Options with { BatchSize = 1 })).Should().Throw<PreFlightException>()
            .WithMessage("*The buffer 'norm.running_var' becomes NaN or infinite with the first training batch*");

    [Fact]
    public void A_buffer_that_a_whole_batch_spoils_is_not_put_down_to_one_item()
    {
        using var model = new Overflowing();
        FluentActions.Invoking(() => Trainer.Fit(model, new SquaredOutput(), _data, null, Options with { LastBatch = LastBatch.Drop }))
            .Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle()
            .Which.Should().Be("The buffer 'mean' becomes NaN or infinite with the first training batch.");
    }

    [Theory]
    [InlineData(LastBatch.Drop)]
    [InlineData(LastBatch.Merge)]
    public void Dropped_or_merged_it_does_no_harm(LastBatch last)
    {
        var result = Fit(Options with { LastBatch = last });
        result.History.Select(epoch => epoch.Steps).Should().Equal(1, 2, 3);
        _model.named_buffers().Should().OnlyContain(buffer => buffer.buffer.isfinite().all().item<bool>());
    }

    [Fact]
    public void Without_a_look_first_the_buffer_is_named_before_it_is_saved_and_the_learning_rate_is_not_blamed()
    {
        using var folder = new TemporaryFolder();
        var message = FluentActions.Invoking(() => Fit(Options with { PreFlight = false, CheckpointDirectory = folder["run"] }))
            .Should().Throw<NonFiniteLossException>().Which;
        message.Term.Should().Be("norm.running_var");
        message.Message.Should().Contain("LastBatch").And.NotContain("learning rate");
        Directory.GetDirectories(folder["run"]).Should().BeEmpty();
    }

    [Theory]
    [InlineData(10, LastBatch.Keep, new[] { 10, 10, 3 })]
    [InlineData(10, LastBatch.Drop, new[] { 10, 10 })]
    [InlineData(10, LastBatch.Merge, new[] { 10, 13 })]
    [InlineData(23, LastBatch.Merge, new[] { 23 })]
    [InlineData(22, LastBatch.Merge, new[] { 23 })]
    [InlineData(22, LastBatch.Drop, new[] { 22 })]
    public void An_epoch_has_the_batches_that_the_options_say(int size, LastBatch last, int[] expected)
    {
        using var scope = torch.NewDisposeScope();
        using var labelled = new TensorData(torch.arange(23, torch.float32).reshape(23, 1), torch.arange(23, torch.int64));
        var options = new TrainingOptions { BatchSize = size, LastBatch = last };
        var (sizes, items) = (new List<int>(), new List<double>());
        foreach (var batch in EpochBatches.Of(labelled, options, epoch: 2))
        {
            sizes.Add((int)batch.Size);
            items.AddRange(batch.Items.Values());
            batch.Labels!.to(torch.float64).Values().Should().Equal(batch.Items.Values(), "labels stay with their items");
        }
        sizes.Should().Equal(expected);
        EpochBatches.Count(labelled, options).Should().Be(expected.Length);
        items.Should().OnlyHaveUniqueItems().And.HaveCount(expected.Sum());
        using var all = new SeedlessOrder(labelled, size).Items();
        items.Should().Equal(all.Values().Take(items.Count), "their order is that of the source");
    }

    [Theory]
    [InlineData(4, 4, 2, 3, 6L)]
    [InlineData(4, 2, 0, 3, 2L)]
    [InlineData(4, 2, 1, 3, 3L)]
    [InlineData(4, null, 1, 3, null)]
    [InlineData(4, 4, null, 3, null)]
    public void A_merged_batch_tells_what_both_told(int size, int? labelled, int? next, int nextSize, long? expected)
    {
        using var source = new TwoBatches(size, labelled, nextSize, next);
        var merged = EpochBatches.Of(source, new() { BatchSize = size, LastBatch = LastBatch.Merge }, epoch: 0)
            .Select(batch => (batch.Size, batch.LabelledItems, batch.LongestSequence)).Single();
        merged.Should().Be((size + nextSize, expected, 9));
    }

    [Fact]
    public void Labelled_items_come_first_in_a_merged_batch()
    {
        using var source = new TwoBatches(4, 2, 3, 1);
        var (items, labels) = EpochBatches.Of(source, new() { BatchSize = 4, LastBatch = LastBatch.Merge }, epoch: 0)
            .Select(batch => (batch.Items.flatten().Values(), batch.Labels!.to(torch.float64).Values())).Single();
        items.Should().Equal(0, 1, 10, 2, 3, 11, 12);
        labels.Should().Equal(0, 1, 10, -1, -1, -1, -1);
    }

    [Fact]
    public void Buffers_that_are_infinite_by_nature_are_no_fault()
    {
        using var model = new Masked();
        Trainer.Fit(model, new SquaredOutput(), _data, null, Options with { BatchSize = 50, Epochs = 1 }).History.Should().HaveCount(1);
    }

    private static TrainingOptions Options => new() { Epochs = 3, BatchSize = 100, Seed = 3 };

    private TrainingResult Fit(TrainingOptions options) => Trainer.Fit(_model, new SquaredOutput(), _data, null, options);

    private sealed class TwoBatches(int size, int? labelled, int nextSize, int? next) : DataSource
    {
        public override long Count => size + nextSize;

        public override IReadOnlyList<long> ItemShape => [1];

        public override IEnumerable<Batch> Batches(int _, long seed, int epoch)
        {
            using var first = new Batch(Items(0, size), Labels(0, size, labelled))
            {
                LabelledItems = labelled,
                LongestSequence = 9,
            };
            yield return first;
            using var second = new Batch(Items(10, nextSize), Labels(10, nextSize, next))
            {
                LabelledItems = next,
                LongestSequence = 7,
            };
            yield return second;
        }

        public override IEnumerable<Batch> InOrder(int _, long seed = 0) => Batches(size, seed, 0);

        private static torch.Tensor Items(int first, int count) => torch.arange(first, first + count, torch.float32).unsqueeze(1);

        // An item's number, and −1 where it is hidden.
        private static torch.Tensor Labels(int first, int count, int? shown)
            => torch.tensor([.. Enumerable.Range(0, count).Select(i => i < (shown ?? count) ? first + i : -1L)]);

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class SeedlessOrder(TensorData data, int size)
    {
        public torch.Tensor Items() => torch.cat([.. data.Batches(size, 0, 2).Select(batch => batch.Items.clone())]);
    }

    private sealed class Standardised : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly BatchNorm1d _norm = torch.nn.BatchNorm1d(6);

        public Standardised()
            : base(nameof(Standardised)) => register_module("norm", _norm);

        public override torch.Tensor forward(torch.Tensor input) => _norm.forward(input);
    }

    private sealed class Overflowing : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear _linear = torch.nn.Linear(6, 6);

        public Overflowing()
            : base(nameof(Overflowing))
        {
            register_module("linear", _linear);
            this.RegisterBuffer("mean", torch.zeros(1));
        }

        public override torch.Tensor forward(torch.Tensor input)
        {
            using (torch.no_grad())
                get_buffer("mean")!.fill_(double.PositiveInfinity);
            return _linear.forward(input);
        }
    }

    private sealed class Masked : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear _linear = torch.nn.Linear(6, 6);

        public Masked()
            : base(nameof(Masked))
        {
            register_module("linear", _linear);
            this.RegisterBuffer("mask", torch.full([1], double.NegativeInfinity));
        }

        public override torch.Tensor forward(torch.Tensor input) => _linear.forward(input);
    }

    private sealed class SquaredOutput : Objective<torch.nn.Module<torch.Tensor, torch.Tensor>>
    {
        public override ObjectiveResult Compute(torch.nn.Module<torch.Tensor, torch.Tensor> model, Batch batch)
            => new((model.call(batch.Items) - 1).square().mean());
    }
}
