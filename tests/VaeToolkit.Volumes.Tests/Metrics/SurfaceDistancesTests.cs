namespace VaeToolkit.Volumes.Tests.Metrics;

public sealed class SurfaceDistancesTests
{
    [Fact]
    public void Single_voxels_are_as_far_apart_as_Pythagoras_says()
    {
        var size = VolumeSize.Cube(6);
        Expect(Masks.Voxel(size, 0, 0, 0), Masks.Voxel(size, 3, 4, 0), 5);
        Expect(Masks.Voxel(size, 1, 1, 1, new(1, 1, 2.5)), Masks.Voxel(size, 1, 1, 3, new(1, 1, 2.5)), 5);

        static void Expect(Volume<bool> one, Volume<bool> other, double distance)
        {
            var surfaces = SurfaceDistances.Between(one, other);
            (surfaces.Hausdorff, surfaces.AverageSymmetric).Should().Be((distance, distance));
            (surfaces.HausdorffPercentile(),
                surfaces.HausdorffPercentile(95, PercentileConvention.Pooled)).Should().Be((distance, distance));
            (surfaces.SurfaceDice(distance), surfaces.SurfaceDice(distance - 0.1)).Should().Be((1, 0));
        }
    }

    [Fact]
    public void Identical_masks_are_no_distance_apart()
    {
        var mask = Masks.Random(10, 0.3, 3);
        var surfaces = SurfaceDistances.Between(mask, mask);
        (surfaces.Hausdorff, surfaces.AverageSymmetric, surfaces.SurfaceDice(0)).Should().Be((0, 0, 1));
    }

    [Fact]
    public void Two_conventions_of_the_percentile_differ_as_by_hand()
    {
        // A row of 20 voxels against the first two of them: one way the distances are 0, 0, 1, ..., 18, the other way 0, 0.
        var size = new VolumeSize(20, 1, 1);
        var surfaces = SurfaceDistances.Between(Masks.Of(size, (_, _, _) => true), Masks.Of(size, (x, _, _) => x < 2));
        // At 0.95 · 19 = 18.05 of 20 sorted distances, whose last are 17 (index 18) and 18;
        // at 0.95 · 21 = 19.95 of the 22 pooled, 16 (19) and 17 (20).
        surfaces.HausdorffPercentile().Should().BeApproximately(17.05, 1e-12);
        surfaces.HausdorffPercentile(95, PercentileConvention.Pooled).Should().BeApproximately(16.95, 1e-12);
        surfaces.AverageSymmetric.Should().BeApproximately(171 / 22.0, 1e-12);
        surfaces.SurfaceDice(3).Should().BeApproximately(7 / 22.0, 1e-12);
    }

    [Theory]
    [InlineData(0.02, 0.03, 1, 1, 1)]
    [InlineData(0.5, 0.4, 0.7, 1.3, 2.5)]
    [InlineData(0.9, 0.05, 3, 0.2, 1)]
    public void Random_masks_agree_with_brute_force_over_all_pairs(double density, double other, double x, double y, double z)
    {
        var spacing = new Vector3D(x, y, z);
        for (var seed = 0; seed < 3; seed++)
        {
            var (prediction, truth) = (Masks.Random(12, density, seed, spacing), Masks.Random(12, other, seed + 100, spacing));
            var surfaces = SurfaceDistances.Between(prediction, truth);
            var (one, two) = (SurfacePoints(prediction), SurfacePoints(truth));
            var (forth, back) = (BruteForce(one, two), BruteForce(two, one));
            surfaces.FromPrediction.Should().Equal(forth, (a, b) => Math.Abs(a - b) < 1e-6);
            surfaces.FromTruth.Should().Equal(back, (a, b) => Math.Abs(a - b) < 1e-6);
            surfaces.Hausdorff.Should().BeApproximately(Math.Max(forth[^1], back[^1]), 1e-6);
            surfaces.AverageSymmetric.Should().BeApproximately(forth.Concat(back).Average(), 1e-6);
            surfaces.HausdorffPercentile().Should().BeApproximately(Math.Max(Percentile(forth, 0.95), Percentile(back, 0.95)), 1e-6);
            surfaces.HausdorffPercentile(95, PercentileConvention.Pooled)
                .Should().BeApproximately(Percentile([.. forth.Concat(back).Order()], 0.95), 1e-6);
        }
    }

    [Fact]
    public void A_missing_surface_is_infinitely_far_or_as_far_as_the_image_is_long()
    {
        var (empty, full) = (Masks.Empty(new(3, 4, 12)), Masks.Voxel(new(3, 4, 12), 1, 1, 1));
        SurfaceDistances.Between(empty, full).Hausdorff.Should().Be(double.PositiveInfinity);
        SurfaceDistances.Between(full, empty).HausdorffPercentile(95, PercentileConvention.Pooled).Should().Be(double.PositiveInfinity);
        SurfaceDistances.Between(full, empty, MissingSurface.ImageDiagonal).Hausdorff.Should().Be(13);
        SurfaceDistances.Between(empty, empty).HausdorffPercentile().Should().Be(0);
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 0.3, 1)]
    [InlineData(0.6, 0.3, 1)]
    [InlineData(0.1, 0.3, 3)]
    [InlineData(0.05, 1.1, 7)]
    [InlineData(0.001, 2, 2)]
    public void A_distance_that_equals_the_tolerance_lies_within_however_the_file_rounds_the_spacing(double edge, double angle, int voxels)
    {
        using var folder = new TemporaryFolder();
        var affine = Affine.FromRows(Math.Cos(angle), -Math.Sin(angle), 0, 12.3, Math.Sin(angle), Math.Cos(angle), 0, -7, 0, 0, 1, 33)
            * Affine.Scaling(new(edge, edge, edge));
        var grid = new VoxelGrid(VolumeSize.Cube(16), affine);
        var (truth, moved) = (Read("truth.nii", 0), Read("moved.nii", voxels));
        var surfaces = SurfaceDistances.Between(moved, truth);
        surfaces.SurfaceDice(voxels * edge).Should().Be(1);
        surfaces.SurfaceDice(voxels * edge * 0.999).Should().BeLessThan(0.9);
        SegmentationScores.Of(moved, truth, new() { SurfaceTolerance = voxels * edge }).SurfaceDice.Should().Be(1);

        Volume<bool> Read(string name, int shift)
        {
            var inside = new bool[grid.Size.Count];
            for (var i = 0; i < inside.Length; i++)
                inside[i] = In((i % 16) - shift) && In(i / 16 % 16) && In(i / 256);
            NiftiFile.Write(folder[name], new Volume<bool>(grid, inside));
            return NiftiFile.ReadMask(folder[name]);
        }

        static bool In(int i) => i is >= 2 and < 8;
    }

    [Fact]
    public void Bad_percentiles_and_tolerances_are_refused()
    {
        var surfaces = SurfaceDistances.Between(Masks.Cube(2), Masks.Cube(2));
        var percent = () => surfaces.HausdorffPercentile(101);
        percent.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 100*");
        var tolerance = () => surfaces.SurfaceDice(-1);
        tolerance.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static List<Vector3D> SurfacePoints(Volume<bool> mask)
    {
        var points = new List<Vector3D>();
        for (var z = 0; z < 12; z++)
            for (var y = 0; y < 12; y++)
                for (var x = 0; x < 12; x++)
                    if (mask[x, y, z] && !(Inside(x - 1, y, z) && Inside(x + 1, y, z) && Inside(x, y - 1, z) && Inside(x, y + 1, z)
                        && Inside(x, y, z - 1) && Inside(x, y, z + 1)))
                        points.Add(mask.Grid.Affine.Apply(new(x, y, z)));
        return points;

        bool Inside(int x, int y, int z) => mask.Size.Contains(x, y, z) && mask[x, y, z];
    }

    private static double[] BruteForce(List<Vector3D> from, List<Vector3D> to)
        => [.. from.Select(point => to.Min(other => (point - other).Length)).Order()];

    private static double Percentile(double[] sorted, double part)
    {
        var at = part * (sorted.Length - 1);
        var low = (int)at;
        return sorted[low] + ((at - low) * (sorted[Math.Min(low + 1, sorted.Length - 1)] - sorted[low]));
    }
}
