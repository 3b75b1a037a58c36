using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VaeToolkit.Volumes.Tests.Phantoms;

public sealed class BrainPhantomTests
{
    private static readonly VolumeSize s_size = VolumeSize.Cube(48);

    [Theory]
    [InlineData(BrainLesion.MultipleSclerosis)]
    [InlineData(BrainLesion.Tumour)]
    public void A_seed_gives_the_same_bytes_and_another_seed_another_head(BrainLesion lesion)
    {
        var (one, again, other) = (BrainPhantom.Create(5, s_size, lesion), BrainPhantom.Create(5, s_size, lesion),
            BrainPhantom.Create(6, s_size, lesion));
        Hash(one.Image).Should().Be(Hash(again.Image)).And.NotBe(Hash(other.Image));
        one.Lesion.Values.SequenceEqual(again.Lesion.Values).Should().BeTrue();
        one.Lesion.Values.SequenceEqual(other.Lesion.Values).Should().BeFalse();
    }

    [Theory]
    [InlineData(BrainLesion.MultipleSclerosis)]
    [InlineData(BrainLesion.Tumour)]
    public void Another_contrast_has_the_same_labels(BrainLesion lesion)
    {
        var (flair, t1) = (BrainPhantom.Create(7, s_size, lesion), BrainPhantom.Create(7, s_size, lesion, BrainContrast.T1));
        flair.Lesion.Values.SequenceEqual(t1.Lesion.Values).Should().BeTrue();
        flair.Tissue.Values.SequenceEqual(t1.Tissue.Values).Should().BeTrue();
        Hash(flair.Image).Should().NotBe(Hash(t1.Image));
        (MeanOf(t1, BrainTissue.WhiteMatter) > MeanOf(t1, BrainTissue.GreyMatter)).Should().BeTrue();
        (MeanOf(flair, BrainTissue.WhiteMatter) < MeanOf(flair, BrainTissue.GreyMatter)).Should().BeTrue();
    }

    // Means over twelve heads; by the formulas a tumour fills 1.08 · 4/3 π E[R³] / 8 = 1.9 % of the field, less what leaves the brain.
    [Theory]
    [InlineData(BrainLesion.MultipleSclerosis, 0.002, 0.004, 25)]
    [InlineData(BrainLesion.Tumour, 0.013, 0.025, 2)]
    public void Lesions_lie_in_the_brain_and_are_as_many_and_as_large_as_they_should(
        BrainLesion lesion, double least, double most, int count)
    {
        var foreground = 0.0;
        for (var seed = 0; seed < 12; seed++)
        {
            var phantom = BrainPhantom.Create(seed, s_size, lesion);
            OverlapCounts.Of(phantom.Lesion, phantom.Brain).FalsePositives.Should().Be(0);
            ConnectedComponents.Of(phantom.Lesion).Count.Should().BeInRange(1, count);
            foreground += phantom.Lesion.Values.ToArray().Average(inside => inside ? 1.0 : 0) / 12;
        }
        foreground.Should().BeInRange(least, most);
    }

    [Fact]
    public void Healthy_brains_have_no_lesion_and_every_tissue()
    {
        var phantom = BrainPhantom.Create(3, s_size, BrainLesion.None);
        phantom.Lesion.Values.ToArray().Should().NotContain(true);
        phantom.Tissue.Values.ToArray().Distinct().Order().Should().Equal(Enum.GetValues<BrainTissue>().Select(tissue => (int)tissue));
        phantom.Brain.Values.ToArray().Average(inside => inside ? 1.0 : 0).Should().BeInRange(0.12, 0.25);
        Orientation.Code(phantom.Image.Grid.Affine).Should().Be("RAS");
    }

    [Theory]
    [InlineData(BrainLesion.MultipleSclerosis, 0.38, 0.78)]
    [InlineData(BrainLesion.Tumour, 0.71, 0.87)]
    public void One_threshold_inside_the_brain_finds_lesions_neither_not_at_all_nor_wholly(BrainLesion lesion, double least, double most)
    {
        var dice = Enumerable.Range(0, 12).Select(seed => BestThresholdDice(BrainPhantom.Create(seed, s_size, lesion))).Order().ToList();
        ((dice[5] + dice[6]) / 2).Should().BeInRange(least, most);
        (dice[0], dice[^1]).Should().Match<(double Low, double High)>(range => range.Low > 0.2 && range.High < 0.97);
    }

    [Fact]
    public void Stripping_leaves_nothing_but_the_brain()
    {
        var (head, stripped) = (BrainPhantom.Create(2, s_size, BrainLesion.Tumour),
            BrainPhantom.Create(2, s_size, BrainLesion.Tumour, options: new() { SkullStripped = true }));
        for (var i = 0; i < s_size.Count; i++)
            stripped.Image.Values[i].Should().Be(head.Brain.Values[i] ? head.Image.Values[i] : 0);
    }

    [Fact]
    public void Thick_slices_are_means_over_blocks_and_cover_the_same_field()
    {
        var (thin, thick) = (BrainPhantom.Create(2, s_size, BrainLesion.Tumour),
            BrainPhantom.Create(2, s_size, BrainLesion.Tumour, options: new() { SliceThickness = 4 }));
        thick.Image.Size.Should().Be(new VolumeSize(48, 48, 12));
        thick.Image[20, 21, 5].Should().BeApproximately(
            (thin.Image[20, 21, 20] + thin.Image[20, 21, 21] + thin.Image[20, 21, 22] + thin.Image[20, 21, 23]) / 4, 1e-3f);
        thick.Image.Grid.Affine.Apply(new(0, 0, -0.5)).Z.Should().BeApproximately(thin.Image.Grid.Affine.Apply(new(0, 0, -0.5)).Z, 1e-9);
        (thick.Image.Grid.Spacing.Z, thick.Lesion.Grid, thick.Brain.Grid).Should().Match<(double Z, VoxelGrid A, VoxelGrid B)>(
            found => Math.Abs(found.Z - (4 * 200 / 48.0)) < 1e-9 && found.A.Matches(thick.Image.Grid) && found.B.Matches(thick.Image.Grid));
        OverlapCounts.Of(thick.Lesion, thick.Brain).FalsePositives.Should().Be(0);
        OverlapCounts.Of(Resampling.Nearest(thick.Lesion, thin.Lesion.Grid), thin.Lesion).Dice.Should().BeGreaterThan(0.8);
    }

    [Fact]
    public void Volumes_need_not_be_cubes_and_bad_arguments_are_refused()
    {
        BrainPhantom.Create(1, new(20, 32, 16), BrainLesion.MultipleSclerosis).Image.Size.Should().Be(new VolumeSize(20, 32, 16));
        var small = () => BrainPhantom.Create(1, VolumeSize.Cube(15), BrainLesion.None);
        small.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*at least 16*");
        var uneven = () => BrainPhantom.Create(1, VolumeSize.Cube(16), BrainLesion.None, options: new() { SliceThickness = 3 });
        uneven.Should().Throw<ArgumentException>().WithMessage("*3 does not divide the depth 16*");
        var thin = () => new PhantomOptions { SliceThickness = 0 };
        thin.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static double BestThresholdDice(BrainPhantom phantom)
    {
        var inside = Enumerable.Range(0, (int)phantom.Image.Size.Count).Where(i => phantom.Brain.Values[i])
            .Select(i => (Value: phantom.Image.Values[i], Lesion: phantom.Lesion.Values[i])).OrderByDescending(pair => pair.Value).ToList();
        var (all, hits, best) = (inside.Count(pair => pair.Lesion), 0, 0.0);
        for (var i = 0; i < inside.Count; i++)
        {
            hits += inside[i].Lesion ? 1 : 0;
            best = Math.Max(best, 2.0 * hits / (all + i + 1));
        }
        return best;
    }

    private static double MeanOf(BrainPhantom phantom, BrainTissue tissue) =>
        Enumerable.Range(0, (int)phantom.Image.Size.Count)
            .Where(i => phantom.Tissue.Values[i] == (int)tissue && !phantom.Lesion.Values[i]).Average(i => phantom.Image.Values[i]);

    private static string Hash(Volume<float> image) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(image.Values)));
}
