using TorchSharp;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Training;

/// <summary>Label 1 in the left half, 2 in the right, 3 in the middle plane: whatever mirrors must leave it so.</summary>
public sealed class LabelSymmetryTests : IDisposable
{
    private static readonly LabelSymmetry s_pairs = LabelSymmetry.Pairs((1, 2), (5, 9));
    private static readonly AugmentationOptions s_flip = new()
    {
        FlipProbability = new(0.5, 0, 0),
        Symmetry = s_pairs,
        RotationDegrees = 0,
        Scaling = 0,
        Shift = 0,
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void By_default_nothing_is_mirrored()
    {
        var item = Sided(Affine.Identity);
        var (volumes, labels) = VolumeCase.Stack([item, item]);
        var (augmentation, training) = (new Augmentation(s_flip with { FlipProbability = default, Symmetry = null }),
            new SegmentationTrainingOptions().Augmentation!);
        new AugmentationOptions().FlipProbability.Should().Be(default(Vector3D));
        new SlidingWindowOptions { Window = VolumeSize.Cube(4) }.Mirrored.Should().BeNull();
        for (var seed = 0; seed < 50; seed++)
        {
            augmentation.Apply(item, seed).Labels!.Values.ToArray().Should().Equal(item.Labels!.Values.ToArray());
            training(volumes, labels, seed).Labels.eq(labels).all().ToBoolean().Should().BeTrue();
            // x grows to the right before and after: intensities change, their order does not.
            var changed = training(volumes, labels, seed).Volumes;
            (changed[0, 0, 0, 0, 6].ToDouble() > changed[0, 0, 0, 0, 0].ToDouble()).Should().BeTrue();
        }
    }

    [Fact]
    public void Flips_without_a_word_about_labels_are_refused()
    {
        foreach (var axis in new Vector3D[] { new(0.5, 0, 0), new(0, 0.5, 0), new(0, 0, 0.1) })
        {
            var make = () => new Augmentation(new() { FlipProbability = axis });
            make.Should().Throw<ArgumentException>()
                .WithMessage($"FlipProbability is {axis}, but Symmetry is null*Pairs((1, 2))*Symmetric*");
        }
    }

    [Theory]
    [InlineData("RAS", 0)]
    [InlineData("LPS", 0)]
    [InlineData("ASL", 2)]
    [InlineData("PRI", 1)]
    public void Left_stays_left_in_mirror_images_whichever_way_the_axes_run(string code, int axis)
    {
        var item = Sided(Directed(code));
        var augmentation = new Augmentation(s_flip with
        {
            FlipProbability = new(axis == 0 ? 0.5 : 0, axis == 1 ? 0.5 : 0, axis == 2 ? 0.5 : 0),
        });
        var flips = 0;
        for (var seed = 0; seed < 50; seed++)
        {
            var changed = augmentation.Apply(item, seed);
            changed.Labels!.Values.ToArray().Should().Equal(item.Labels!.Values.ToArray(), "seed {0}", seed);
            flips += IsFlipped(item.Image, changed.Image) ? 1 : 0;
        }
        flips.Should().BeInRange(15, 35);
    }

    [Fact]
    public void A_flip_of_another_axis_leaves_left_and_right_alone()
    {
        var item = Sided(Directed("ASL"));
        new Augmentation(s_flip with { FlipProbability = new(1, 0, 0) }).Apply(item, 1).Labels!.Values.ToArray()
            .Should().Equal(item.Labels!.Values.ToArray());
    }

    [Fact]
    public void Batches_of_training_keep_left_left()
    {
        var item = Sided(Affine.Identity);
        var (volumes, labels) = VolumeCase.Stack([item, item, item, item]);
        foreach (var augmentation in new VolumeAugmentation[] { s_pairs.FlipAndIntensity, new Augmentation(s_flip).Apply })
        {
            var flips = 0;
            for (var seed = 0; seed < 10; seed++)
            {
                var (changed, changedLabels) = augmentation(volumes, labels, seed);
                changedLabels.eq(labels).all().ToBoolean().Should().BeTrue();
                changedLabels.dtype.Should().Be(torch.int64);
                flips += Enumerable.Range(0, 4).Count(i => changed[i, 0, 0, 0, 0].ToDouble() > changed[i, 0, 0, 0, 6].ToDouble());
            }
            flips.Should().BeInRange(10, 30);
        }
    }

    [Theory]
    [InlineData("RAS")]
    [InlineData("ASL")]
    public void A_mirrored_window_exchanges_the_classes_of_a_pair(string code)
    {
        // A network that has learned by heart where labels lie: of a mirror image it says 1 where the right half is.
        var item = Sided(Directed(code));
        var learned = item.Labels!.ToTensor().unsqueeze(0);
        var options = new SlidingWindowOptions { Window = item.Image.Size, BatchSize = 1, Mirrored = LabelSymmetry.Pairs((1, 2)) };
        var result = SlidingWindow.Predict(
            _ => torch.stack([.. Enumerable.Range(0, 4).Select(label => learned.eq(label).to(torch.float32))], 1), item.Image, options);
        for (var label = 0; label < 4; label++)
            result.Channel(label).ToArray().Should().Equal(item.Labels!.Values.ToArray().Select(value => value == label ? 1f : 0f));
        var tooFew = () => SlidingWindow.Predict(windows => windows.sigmoid(), item.Image, options);
        tooFew.Should().Throw<ArgumentException>().WithMessage("*pairs 1 and 2*returned [1, 1,*K must be 3 or more*");
    }

    [Fact]
    public void Pairs_that_make_no_sense_are_refused()
    {
        foreach (var pairs in new (int, int)[][] { [], [(0, 1)], [(1, 1)], [(1, 2), (2, 3)], [(-1, 4)] })
        {
            var make = () => LabelSymmetry.Pairs(pairs);
            make.Should().Throw<ArgumentException>().WithMessage("*at least 1 and each once*");
        }
        s_pairs.ToString().Should().Be("pairs 1 and 2, 5 and 9");
    }

    private static bool IsFlipped(Volume<float> before, Volume<float> after) =>
        before.Values.ToArray().Zip(after.Values.ToArray()).Sum(pair => (pair.First - 20) * (pair.Second - 20)) < 0;

    /// <summary>7 voxels along every axis, values that grow to the right, and label 1 left, 3 in the middle, 2 right.</summary>
    private static VolumeCase Sided(Affine affine)
    {
        var grid = new VoxelGrid(VolumeSize.Cube(7), affine);
        var right = Enumerable.Range(0, 343).Select(i => affine.Apply(new(i % 7, i / 7 % 7, i / 49)).X).ToArray();
        var middle = (right.Min() + right.Max()) / 2;
        return new("sided", new(grid, [.. right.Select(x => (float)(20 + x - middle))]),
            new(grid, [.. right.Select(x => x == middle ? 3 : x < middle ? 1 : 2)]));
    }

    private static Affine Directed(string code)
    {
        var rows = new double[12];
        for (var axis = 0; axis < 3; axis++)
            rows[(4 * ("RL".Contains(code[axis]) ? 0 : "AP".Contains(code[axis]) ? 1 : 2)) + axis] = "RAS".Contains(code[axis]) ? 1 : -1;
        return Affine.FromRows(rows);
    }
}
