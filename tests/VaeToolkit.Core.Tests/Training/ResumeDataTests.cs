using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>A run is resumed with the data that it was begun with, known by what they hold.</summary>
public sealed class ResumeDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly torch.Tensor _rows = Uniform(40, 6);
    private readonly torch.Tensor _others = Uniform(20, 6);

    private TrainingOptions Options => new() { BatchSize = 10, Epochs = 2, Seed = 3, CheckpointDirectory = _folder["run"] };

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Other_items_of_the_same_number_are_refused_by_name_and_the_same_ones_go_on()
    {
        Fit(new TensorData(_rows), new TensorData(_others), Options);
        var changed = _rows.clone();
        changed[39, 5] += 1e-3f;
        Message(new TensorData(changed), new TensorData(_others))
            .Should().Match("*content of the training data was *, now it is *; resume with the same*").And.NotContain("validation");
        Message(new TensorData(_rows.flip(0)), new TensorData(_others)).Should().Match("*content of the training data was *");
        Message(new TensorData(_rows), new TensorData(_others * 0.5))
            .Should().Match("*content of the validation data was *, now it is *").And.NotContain("training data");
        Message(new TensorData(_rows, torch.arange(40)), new TensorData(_others)).Should().Match("*content of the training data was *");
        Fit(new TensorData(_rows.clone()), new TensorData(_others.clone()), Resumed).History.Should().HaveCount(3);
    }

    [Fact]
    public void Images_are_known_by_their_bytes_and_labels_whatever_augments_them()
    {
        var bytes = (_rows.reshape(10, 1, 4, 6) * 255).to(torch.uint8);
        using var vae = new Vae(
            new MlpEncoder(24, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(1, 4, 6)), new StandardNormalPrior(2));
        var shifted = new PictureAugmentation { Shift = 1 };
        using var images = ImageData.FromTensor(bytes, torch.zeros(10, torch.int64));
        Trainer.Fit(vae, new Elbo(), new AugmentedData(images, shifted), null, Options);
        var other = bytes.clone();
        other[3, 0, 2, 2] = 255 - other[3, 0, 2, 2];
        foreach (var (pictures, label) in new[] { (other, 0L), (bytes, 1L) })
        {
            using var data = ImageData.FromTensor(pictures, torch.full(10, label, torch.int64));
            FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), new AugmentedData(data, shifted), null, Resumed))
                .Should().Throw<CheckpointException>().WithMessage("*content of the training data was *, now it is *");
        }
        using var again = ImageData.FromTensor(bytes, torch.zeros(10, torch.int64));
        Trainer.Fit(vae, new Elbo(), new AugmentedData(again, shifted), null, Resumed).History.Should().HaveCount(3);
    }

    [Fact]
    public void A_part_is_known_as_its_own_rows_are()
    {
        using var whole = new TensorData(_rows, torch.arange(40));
        var (one, other) = whole.Split(25, seed: 4);
        foreach (var part in new[] { one, other, whole.First(7), whole.First(40), whole.Select([3, 1, 3]) })
        {
            var batch = part.InOrder(100).Select(all => (Items: all.Items.clone(), Labels: all.Labels!.clone())).Single();
            using var copy = new TensorData(batch.Items, batch.Labels);
            part.Fingerprint().Should().Be(copy.Fingerprint()).And.MatchRegex("^[0-9a-f]{16}$");
        }
        new[] { one, other, whole.First(7), whole, whole.Select([3, 1, 3]), whole.Select([1, 3, 3]) }.Select(part => part.Fingerprint())
            .Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Any_single_value_of_much_data_shows()
    {
        // More than is read at once, and neither a row nor a part of them is a multiple of what is mixed at once.
        var values = torch.zeros([700, 1001]);
        using var before = new TensorData(values);
        var hashes = new HashSet<string?> { before.Fingerprint() };
        foreach (var (row, column) in new[] { (0, 0), (0, 7), (13, 500), (261, 1000), (262, 0), (523, 3), (699, 999), (699, 1000) })
        {
            values[row, column] = float.Epsilon;
            using var after = new TensorData(values);
            hashes.Add(after.Fingerprint()).Should().BeTrue();
            values[row, column] = 0;
        }
        before.Fingerprint().Should().Be(hashes.First());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(4096)]
    [InlineData(4096 + (3 * 32) + 5)]
    public void The_hash_is_that_of_eight_rows_of_words_one_after_the_other_on_every_processor(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)((i * 37) ^ (i >> 3))).ToArray();
        using var hash = new ContentHash();
        hash.Add(bytes);
        hash.Digits().Should().Be(Plainly(bytes));
    }

    [Fact]
    public void Sequences_are_known_by_their_lengths_too()
    {
        using var five = new SequenceData(_rows, [.. Enumerable.Repeat(5, 40)]);
        using var six = new SequenceData(_rows, [.. Enumerable.Repeat(6, 40)]);
        using var again = new SequenceData(_rows.clone(), [.. Enumerable.Repeat(5, 40)]);
        five.Fingerprint().Should().Be(again.Fingerprint()).And.NotBe(six.Fingerprint());
    }

    [Fact]
    public void A_source_that_does_not_say_what_it_holds_goes_on_by_its_number_of_items()
    {
        Fit(new Unknown(_rows), null, Options);
        Fit(new Unknown(_rows * 0.5), null, Resumed).History.Should().HaveCount(3);
    }

    private TrainingOptions Resumed => Options with { Resume = true, Epochs = 3 };

    private static torch.Tensor Uniform(int count, int size)
    {
        var random = new Random(count);
        return torch.tensor([.. Enumerable.Range(0, count * size).Select(_ => (float)random.NextDouble())], [count, size]);
    }

    private static TrainingResult Fit(DataSource train, DataSource? validation, TrainingOptions options)
    {
        using var seed = SeedScope.Begin(1);
        using var vae = new Vae(
            new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        return Trainer.Fit(vae, new Elbo(), train, validation, options);
    }

    private string Message(DataSource train, DataSource? validation)
        => FluentActions.Invoking(() => Fit(train, validation, Resumed)).Should().Throw<CheckpointException>().Which.Message;

    // xxHash32's round for each of 32 lanes by itself.
    private static string Plainly(byte[] bytes)
    {
        var sums = Enumerable.Range(0, 32).Select(lane => (uint)(1 + (lane / 8))).ToArray();
        var words = bytes.Chunk(4).Where(word => word.Length == 4).Select(word => BitConverter.ToUInt32(word)).ToArray();
        var (rows, whole) = (words.Length / 8, words.Length / 32 * 4);
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < 8; i++)
            {
                var lane = ((row < whole ? row % 4 : 0) * 8) + i;
                var sum = unchecked(sums[lane] + (words[(row * 8) + i] * 2246822519u));
                sums[lane] = unchecked(uint.RotateLeft(sum, 13) * 2654435761u);
            }
        }
        byte[] all = [.. BitConverter.GetBytes(bytes.Length), .. sums.SelectMany(BitConverter.GetBytes), .. bytes[(rows * 32)..]];
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(all))[..16];
    }

    private sealed class Unknown(torch.Tensor rows) : DataSource
    {
        private readonly TensorData _data = new(rows);

        public override long Count => _data.Count;

        public override IReadOnlyList<long> ItemShape => _data.ItemShape;

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => _data.Batches(size, seed, epoch);

        public override IEnumerable<Batch> InOrder(int size, long seed = 0) => _data.InOrder(size, seed);

        protected override void Dispose(bool disposing) => _data.Dispose();
    }
}
