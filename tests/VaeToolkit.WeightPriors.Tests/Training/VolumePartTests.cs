using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Training;

/// <summary>What ranks take of a batch of volumes, and change as one process changes it among all.</summary>
public sealed class VolumePartTests : IDisposable
{
    private const int BatchSize = 5;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly torch.Tensor _volumes = torch.rand([BatchSize, 1, 6, 5, 4]);
    private readonly torch.Tensor _labels = torch.randint(0, 3, [BatchSize, 6, 5, 4], torch.int64);

    public static TheoryData<string, VolumeAugmentation> Divided => new()
    {
        { "intensity", VolumeAugmentations.Intensity },
        { "flips", LabelSymmetry.Pairs((1, 2)).FlipAndIntensity },
        { "all", new Augmentation(new()
            { RotationDegrees = 20, Noise = 0.1, FlipProbability = new(0.5, 0.5, 0.5), Symmetry = LabelSymmetry.Symmetric }).Apply },
    };

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Divided))]
    public void Parts_are_changed_bit_for_bit_as_among_all(string name, VolumeAugmentation augmentation)
    {
        var (volumes, labels) = augmentation(_volumes, _labels, 9);
        foreach (var ranks in new[] { 1, 2, 4, 7 })
        {
            for (var rank = 0; rank < ranks; rank++)
            {
                var part = VolumePart.Of(Options(augmentation, rank, ranks));
                part.Count.Should().BeInRange(Math.Max(1, BatchSize / ranks), BatchSize / ranks + 1);
                part.Among([10, 11, 12, 13, 14]).Should().Equal(Enumerable.Range(10 + part.First, part.Count));
                var (own, ownLabels) = part.Augment!(
                    _volumes.narrow(0, part.First, part.Count), _labels.narrow(0, part.First, part.Count), 9);
                own.Values().Should().Equal(volumes.narrow(0, part.First, part.Count).Values(), "{0}, rank {1} of {2}", name, rank, ranks);
                ownLabels.Values().Should().Equal(labels.narrow(0, part.First, part.Count).Values());
            }
        }
    }

    [Fact]
    public void An_augmentation_of_which_nothing_is_known_gets_the_whole_batch()
    {
        VolumeAugmentation own = (volumes, labels, seed) => VolumeAugmentations.Intensity(volumes, labels, seed);
        foreach (var augmentation in new[] { own, own + VolumeAugmentations.Intensity })
            VolumePart.Of(Options(augmentation, rank: 1, ranks: 2)).Should().Be(new VolumePart(0, BatchSize, augmentation));
        VolumePart.Of(Options(null, rank: 1, ranks: 2)).Should().Be(new VolumePart(2, 3, null));
    }

    private static SegmentationTrainingOptions Options(VolumeAugmentation? augmentation, int rank, int ranks)
        => new() { BatchSize = BatchSize, Augmentation = augmentation, Exchange = new OneOf(rank, ranks) };

    private sealed class OneOf(int rank, int size) : IExchange
    {
        public int Rank => rank;

        public int Size => size;

        public void AllReduce(Span<float> values) => throw new NotSupportedException("nothing is exchanged");

        public void AllReduce(Span<double> values) => throw new NotSupportedException("nothing is exchanged");

        public void Broadcast(Span<byte> values, int root) => throw new NotSupportedException("nothing is exchanged");

        public void Barrier() => throw new NotSupportedException("nothing is exchanged");

        public void Abort(string message) => throw new NotSupportedException("nothing is exchanged");
    }
}
