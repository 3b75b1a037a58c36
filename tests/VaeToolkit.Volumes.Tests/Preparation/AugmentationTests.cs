using TorchSharp;

namespace VaeToolkit.Volumes.Tests.Preparation;

public sealed class AugmentationTests
{
    private static readonly AugmentationOptions s_off = new()
    {
        FlipProbability = default,
        RotationDegrees = 0,
        Scaling = 0,
        Shift = 0,
        Contrast = 0,
        Brightness = 0,
        Gamma = 0,
        Noise = 0,
    };

    private static readonly VolumeCase s_head = Make();

    [Fact]
    public void Options_say_what_they_are_in_every_culture_and_what_a_method_belongs_to()
    {
        using var culture = CommaCulture.Begin();
        var one = new AugmentationOptions { RotationDegrees = 2.5, Symmetry = LabelSymmetry.Pairs((1, 2)) };
        one.ToString().Should().StartWith("FlipProbability 0 x 0 x 0, Symmetry pairs 1 and 2, RotationDegrees 2.5, Scaling 0.1");
        Func<VolumeCase, long, VolumeCase> apply = new Augmentation(one).Apply, other = new Augmentation(one with { Noise = 0.5 }).Apply;
        OptionText.Of(apply).Should().Contain("RotationDegrees 2.5").And.NotBe(OptionText.Of(other));
    }

    [Fact]
    public void A_seed_gives_the_same_case_and_another_seed_another()
    {
        var augmentation = new Augmentation();
        var (one, again, other) = (augmentation.Apply(s_head, 1), augmentation.Apply(s_head, 1), augmentation.Apply(s_head, 2));
        one.Image.Values.SequenceEqual(again.Image.Values).Should().BeTrue();
        one.Labels!.Values.SequenceEqual(again.Labels!.Values).Should().BeTrue();
        one.Image.Values.SequenceEqual(other.Image.Values).Should().BeFalse();
        one.Image.Grid.Should().BeSameAs(s_head.Image.Grid);
    }

    [Fact]
    public void With_everything_off_nothing_changes()
    {
        var same = new Augmentation(s_off).Apply(s_head, 3);
        same.Image.Values.ToArray().Should().Equal(s_head.Image.Values.ToArray(), (a, b) => Math.Abs(a - b) <= 1e-6f * Math.Abs(b));
        same.Labels!.Values.SequenceEqual(s_head.Labels!.Values).Should().BeTrue();
    }

    [Fact]
    public void A_flip_is_exact()
    {
        var flipped =
            new Augmentation(s_off with { FlipProbability = new(1, 0, 1), Symmetry = LabelSymmetry.Symmetric }).Apply(s_head, 3);
        var size = s_head.Image.Size;
        for (var z = 0; z < size.Depth; z++)
            for (var y = 0; y < size.Height; y++)
                for (var x = 0; x < size.Width; x++)
                {
                    flipped.Image[x, y, z].Should().BeApproximately(s_head.Image[size.Width - 1 - x, y, size.Depth - 1 - z], 1e-3f);
                    flipped.Labels![x, y, z].Should().Be(s_head.Labels![size.Width - 1 - x, y, size.Depth - 1 - z]);
                }
    }

    [Fact]
    public void Image_and_labels_move_together()
    {
        // The labels' indicator as an image: after the motion it is above ½ where labels are, but for voxels at the rim.
        var indicator = new VolumeCase("indicator", s_head.Labels!.Select(label => (float)label), s_head.Labels);
        var options = s_off with { RotationDegrees = 20, Scaling = 0.2, Shift = 0.1 };
        for (var seed = 0; seed < 5; seed++)
        {
            var moved = new Augmentation(options).Apply(indicator, seed);
            OverlapCounts.Of(moved.Image.Select(value => value > 0.5), moved.Labels!.Select(label => label > 0)).Dice
                .Should().BeGreaterThan(0.95);
            OverlapCounts.Of(moved.Labels!.Select(label => label > 0), s_head.Labels!.Select(label => label > 0)).Dice
                .Should().BeLessThan(0.95, "it did move");
        }
    }

    [Fact]
    public void Intensities_change_as_far_as_the_ranges_say()
    {
        var image = new VolumeCase("ramp", new(new(new(101, 1, 1)), [.. Enumerable.Range(0, 101).Select(i => (float)i)]));
        for (var seed = 0; seed < 20; seed++)
        {
            var contrast = new Augmentation(s_off with { Contrast = 0.5 }).Apply(image, seed).Image;
            ((contrast[100, 0, 0] - contrast[0, 0, 0]) / 100).Should().BeInRange(0.5f, 1.5f);
            contrast[50, 0, 0].Should().BeApproximately(50, 1e-3f);
            var gamma = new Augmentation(s_off with { Gamma = 0.3 }).Apply(image, seed).Image;
            (gamma[0, 0, 0], gamma[100, 0, 0]).Should().Be((0, 100));
            gamma[50, 0, 0].Should().BeInRange((float)(100 * Math.Pow(0.5, Math.Exp(0.3))), (float)(100 * Math.Pow(0.5, Math.Exp(-0.3))));
        }
    }

    [Fact]
    public void Uneven_illumination_is_the_exponential_of_a_small_smooth_field()
    {
        // A volume that is 1 but for one voxel of 0, so that what comes out is the factor itself.
        var grid = new VoxelGrid(new(16, 12, 10));
        var image = new VolumeCase("flat", new(grid, [0, .. Enumerable.Repeat(1f, 1919)]));
        for (var seed = 0; seed < 5; seed++)
        {
            var field = new Augmentation(s_off with { BiasField = 0.2 }).Apply(image, seed).Image.Select(value => (float)Math.Log(value));
            // Nine terms of at most 0.2 each, the last three of at most 0.67.
            field.Values.ToArray().Skip(1).Should().OnlyContain(value => Math.Abs(value) < 0.2 * (6 + (3 * 0.67)));
            field.Values.ToArray().Skip(1).Max(Math.Abs).Should().BeGreaterThan(0.05f);
            // Third differences of a quadratic are 0.
            for (var x = 4; x < 16; x++)
                (field[x, 5, 5] - (3 * field[x - 1, 5, 5]) + (3 * field[x - 2, 5, 5]) - field[x - 3, 5, 5])
                    .Should().BeApproximately(0, 1e-5f);
        }
    }

    [Fact]
    public void A_batch_is_changed_volume_by_volume_as_training_wants_it()
    {
        using var scope = torch.NewDisposeScope();
        var (volumes, labels) = VolumeCase.Stack([s_head, s_head]);
        Func<torch.Tensor, torch.Tensor, long, (torch.Tensor Volumes, torch.Tensor Labels)> augmentation =
            new Augmentation(new() { RotationDegrees = 15 }).Apply;
        var (one, oneLabels) = augmentation(volumes, labels, 7);
        var (again, _) = augmentation(volumes, labels, 7);
        var (other, _) = augmentation(volumes, labels, 8);
        one.shape.Should().Equal(volumes.shape);
        (oneLabels.dtype, one.dtype).Should().Be((torch.int64, torch.float32));
        Difference(one, again).Should().Be(0);
        Difference(one, other).Should().BeGreaterThan(0);
        Difference(one[0], one[1]).Should().BeGreaterThan(0, "each volume has a change of its own");
        var flip = s_off with { FlipProbability = new(1, 0, 0), Symmetry = LabelSymmetry.Symmetric };
        var (flipped, flippedLabels) = new Augmentation(flip).Apply(volumes, labels, 1);
        Difference(flipped, volumes.flip(-1)).Should().BeLessThan(1e-3);
        Difference(flippedLabels, labels.flip(-1)).Should().Be(0);
        var wrong = () => new Augmentation().Apply(volumes, labels.narrow(1, 0, 3), 1);
        wrong.Should().Throw<ArgumentException>().WithMessage("*[2, 1, 20, 32, 24]*[2, 3, 32, 24]*");
    }

    [Fact]
    public void Some_volumes_of_a_batch_are_changed_as_among_all_of_them()
    {
        using var scope = torch.NewDisposeScope();
        var (volumes, labels) = VolumeCase.Stack([s_head, s_head, s_head]);
        var augmentation = new Augmentation(new() { RotationDegrees = 15 });
        var (all, allLabels) = augmentation.Apply(volumes, labels, 7);
        var (last, lastLabels) = augmentation.Apply(volumes.narrow(0, 1, 2), labels.narrow(0, 1, 2), 7, before: 1);
        Difference(last, all.narrow(0, 1, 2)).Should().Be(0);
        Difference(lastLabels, allLabels.narrow(0, 1, 2)).Should().Be(0);
        Difference(last, all.narrow(0, 0, 2)).Should().BeGreaterThan(0);
        FluentActions.Invoking(() => augmentation.Apply(volumes, labels, 7, before: -1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Wrong_ranges_are_refused()
    {
        foreach (var options in new[] { s_off with { Noise = -1 }, s_off with { Scaling = 1 },
            s_off with { FlipProbability = new(0, 2, 0) },
            s_off with { Gamma = double.NaN } })
        {
            var make = () => new Augmentation(options);
            make.Should().Throw<ArgumentException>().WithMessage("*finite and at least 0*");
        }
    }

    private static double Difference(torch.Tensor a, torch.Tensor b) => (a - b).abs().max().ToDouble();

    private static VolumeCase Make()
    {
        var phantom = BrainPhantom.Create(4, new(24, 32, 20), BrainLesion.Tumour);
        return new("head", phantom.Image, phantom.Brain.Select(inside => inside ? 1 : 0));
    }
}
