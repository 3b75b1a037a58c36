namespace VaeToolkit.Volumes.Tests.Patches;

public sealed class PatchSamplerTests
{
    private static readonly VolumeSize s_size = new(20, 16, 12);

    [Fact]
    public void Patches_are_boxes_of_the_case_and_a_seed_gives_the_same_ones()
    {
        var (item, sampler) = (Case((3, 3, 3, 1)), new PatchSampler(new(5, 4, 3)));
        for (var i = 0; i < 50; i++)
        {
            var patch = sampler.Sample(item, seed: 1, i);
            patch.Image.Size.Should().Be(new VolumeSize(5, 4, 3));
            // Every voxel holds its own index, so the first says where the box is.
            var first = (int)patch.Image[0, 0, 0];
            patch.Image[4, 3, 2].Should().Be(first + item.Image.Grid.Index(4, 3, 2));
            patch.Image.Grid.Affine.Apply(default).Should().Be(item.Image.Grid.Affine.Apply(new(first % 20, first / 20 % 16, first / 320)));
            sampler.Sample(item, 1, i).Image.Values.SequenceEqual(patch.Image.Values).Should().BeTrue();
        }
        Enumerable.Range(0, 50).Select(i => sampler.Sample(item, 1, i).Image[0, 0, 0]).Distinct().Count().Should().BeGreaterThan(20);
    }

    [Fact]
    public void The_stated_part_of_patches_holds_foreground_and_every_class_has_its_share()
    {
        // Two lone voxels, which a random box of 1/1280 of the places would hardly ever hit.
        var item = Case((1, 1, 1, 1), (18, 14, 10, 2));
        var sampler = new PatchSampler(new(3, 3, 3), foreground: 0.4);
        var held = Enumerable.Range(0, 2000).Select(i => sampler.Sample(item, 2, i).Labels!.Values.ToArray().Max()).ToList();
        // Standard error of the part: √(0.4 · 0.6 / 2000) = 0.011; chance hits add 2 · 27/2520 · 0.6.
        (held.Count(label => label > 0) / 2000.0).Should().BeApproximately(0.4 + (0.6 * 2 * 8 / 2520), 4 * 0.011);
        (held.Count(label => label == 1) / (double)held.Count(label => label > 0)).Should().BeApproximately(0.5, 4 * 0.018);
    }

    [Fact]
    public void A_foreground_patch_at_the_edge_stays_within_the_volume()
    {
        var patch = new PatchSampler(new(7, 7, 7), foreground: 1).Sample(Case((0, 15, 11, 3)), 5, 0);
        patch.Labels![0, 6, 6].Should().Be(3);
    }

    [Fact]
    public void A_case_smaller_than_a_patch_is_padded_and_one_without_foreground_is_sampled_anywhere()
    {
        var patch = new PatchSampler(new(24, 4, 14), foreground: 1).Sample(Case(), 5, 0);
        (patch.Image.Size, patch.Image[1, 0, 1], patch.Image[23, 0, 1]).Should().Match<(VolumeSize Size, float Left, float Right)>(
            found => found.Size == new VolumeSize(24, 4, 14) && found.Left == 0 && found.Right == 0);
        patch.Image[2, 0, 1].Should().BeGreaterThanOrEqualTo(0);
        (patch.Image[21, 0, 2] - patch.Image[2, 0, 2]).Should().Be(19, "the case lies in the middle");
    }

    [Fact]
    public void Wrong_sizes_and_parts_are_refused()
    {
        var flat = () => new PatchSampler(new(3, 0, 3));
        flat.Should().Throw<ArgumentOutOfRangeException>();
        var part = () => new PatchSampler(new(3, 3, 3), 1.1);
        part.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 1*");
    }

    private static VolumeCase Case(params (int X, int Y, int Z, int Label)[] labels)
    {
        var grid = new VoxelGrid(s_size, Affine.Translation(new(5, 6, 7)));
        var values = new int[s_size.Count];
        foreach (var (x, y, z, label) in labels)
            values[grid.Index(x, y, z)] = label;
        return new("numbers", new(grid, [.. Enumerable.Range(0, (int)s_size.Count).Select(i => (float)i)]), new(grid, values));
    }
}
