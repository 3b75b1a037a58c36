using VaeToolkit.Volumes.Tests.Metrics;

namespace VaeToolkit.Volumes.Tests;

public sealed class MorphologyTests
{
    [Fact]
    public void A_voxel_dilates_to_crosses_and_they_erode_back()
    {
        var voxel = Masks.Voxel(VolumeSize.Cube(9), 4, 4, 4);
        Count(Morphology.Dilate(voxel)).Should().Be(7);
        Count(Morphology.Dilate(voxel, 2)).Should().Be(25, "an octahedron of radius 2 has 25 voxels");
        Morphology.Erode(Morphology.Dilate(voxel, 2), 2).Values.ToArray().Should().Equal(voxel.Values.ToArray());
        Morphology.Erode(voxel, 0).Values.ToArray().Should().Equal(voxel.Values.ToArray());
    }

    [Fact]
    public void Beyond_the_volume_is_background_but_closing_does_not_erode_from_there()
    {
        var full = Masks.Of(VolumeSize.Cube(5), (_, _, _) => true);
        Count(Morphology.Erode(full)).Should().Be(27);
        Count(Morphology.Surface(full)).Should().Be(98);
        Count(Morphology.Close(full, 2)).Should().Be(125);
        var gap = Masks.Of(new(9, 9, 9), (x, _, _) => x is <= 3 or >= 5);
        Count(Morphology.Close(gap)).Should().Be(729 - 32, "all but the rim of the gap, which is open to the outside");
    }

    [Fact]
    public void Holes_are_filled_and_open_bays_are_not()
    {
        var shell = Masks.Of(VolumeSize.Cube(7), (x, y, z) => Math.Max(Math.Max(Math.Abs(x - 3), Math.Abs(y - 3)), Math.Abs(z - 3)) == 2);
        Count(Morphology.FillHoles(shell)).Should().Be(125);
        var open = Masks.Of(VolumeSize.Cube(7), (x, y, z) => shell[x, y, z] && (x, y, z) != (1, 3, 3));
        Count(Morphology.FillHoles(open)).Should().Be(97);
        Count(Morphology.FillHoles(Masks.Of(new(1, 1, 3), (_, _, z) => z != 1))).Should().Be(2, "in a row every voxel touches the edge");
    }

    [Fact]
    public void Distances_run_to_the_nearest_voxel_of_the_mask_by_spacing()
    {
        var mask = Masks.Voxel(new(5, 4, 3), 1, 2, 0, new(1, 2, 3));
        var distances = DistanceTransform.ToMask(mask);
        (distances[1, 2, 0], distances[4, 0, 0], distances[1, 2, 2]).Should().Be((0, 5, 6));
        DistanceTransform.ToMask(Masks.Empty(VolumeSize.Cube(2))).Values.ToArray()
            .Should().OnlyContain(distance => double.IsPositiveInfinity(distance));
    }

    private static int Count(Volume<bool> mask) => mask.Values.ToArray().Count(inside => inside);
}
