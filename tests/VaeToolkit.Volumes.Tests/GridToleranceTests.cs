namespace VaeToolkit.Volumes.Tests;

/// <summary>Grids are the same where voxels lie within a hundredth of a voxel, or within what the user says.</summary>
public sealed class GridToleranceTests
{
    [Theory]
    [InlineData(1.0, 0.002, true)]
    [InlineData(1.0, 0.02, false)]
    [InlineData(0.001, 0.001, false)]
    [InlineData(0.001, 0.0001, false)]
    [InlineData(0.001, 0.000002, true)]
    [InlineData(0.0001, 0.00005, false)]
    [InlineData(10.0, 0.05, true)]
    public void What_counts_is_the_difference_in_voxels(double voxel, double shift, bool same)
    {
        var (image, labels) = (Grid(voxel), Grid(voxel, shift));
        image.Matches(labels).Should().Be(same);
        labels.Matches(image).Should().Be(same);
        var make = () => new VolumeCase("a", new(image, new float[24]), new(labels, new int[24], name: "labels.nii"));
        if (same)
            make().Labels!.Grid.Should().BeSameAs(image, "from here on both lie on one grid");
        else
            make.Should().Throw<ArgumentException>().WithMessage("a:*labels.nii*");
    }

    [Fact]
    public void Each_axis_counts_by_its_own_spacing()
    {
        var grid = new VoxelGrid(new(4, 3, 2), Affine.Scaling(new(0.5, 0.5, 5)));
        grid.Matches(Moved(0, 0, 0.04)).Should().BeTrue("0.04 mm are 0.008 of 5 mm");
        grid.Matches(Moved(0.04, 0, 0)).Should().BeFalse("0.04 mm are 0.08 of 0.5 mm");
        grid.Matches(new(new(4, 3, 2), Affine.Scaling(new(0.5, 0.51, 5)))).Should().BeFalse("the last row is 0.04 voxels off");
        grid.Matches(new(new(4, 3, 3), grid.Affine), tolerance: 100).Should().BeFalse("extents are never rounded");

        VoxelGrid Moved(double x, double y, double z) => new(new(4, 3, 2), Affine.Translation(new(x, y, z)) * grid.Affine);
    }

    [Fact]
    public void A_far_origin_costs_no_digits()
    {
        var far = Affine.Translation(new(-2e5, 3e5, 1e5)) * Affine.Scaling(new(0.001, 0.001, 0.001));
        new VoxelGrid(new(4, 3, 2), far).Matches(new(new(4, 3, 2), Affine.Translation(new(5e-6, 0, 0)) * far)).Should().BeTrue();
        new VoxelGrid(new(4, 3, 2), far).Matches(new(new(4, 3, 2), Affine.Translation(new(2e-5, 0, 0)) * far)).Should().BeFalse();
    }

    [Fact]
    public void The_tolerance_can_be_set_wherever_files_come_together()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["images"]);
        Directory.CreateDirectory(folder["labels"]);
        NiftiFile.Write(folder["images/a.nii"], new Volume<float>(Grid(1), [.. Enumerable.Range(1, 24).Select(i => (float)i)]));
        NiftiFile.Write(folder["labels/a.nii"], new Volume<int>(Grid(1, 0.2), new int[24]));
        var strict = () => VolumeFolder.Open(folder.Folder).Load(0);
        strict.Should().Throw<ArgumentException>();
        // What is accepted stays accepted through all that is done to it: half a voxel more or less would change round(n s / s').
        var item = VolumeFolder.Open(folder.Folder, new() { Spacing = new(0.7, 0.7, 0.7) }, gridTolerance: 0.25).Load(0);
        item.Labels!.Grid.Should().BeSameAs(item.Image.Grid);
        var image = NiftiFile.Read(folder["images/a.nii"]);
        BrainMask.FromFile(folder["labels/a.nii"], image, gridTolerance: 0.25).Grid.Should().BeSameAs(image.Grid);
        var negative = () => VolumeFolder.Open(folder.Folder, gridTolerance: -1);
        negative.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*at least 0*");
    }

    [Fact]
    public void A_volume_can_be_said_to_lie_on_another_grid_of_the_same_place()
    {
        var (truth, prediction) = (new Volume<bool>(Grid(1), new bool[24], name: "truth"),
            new Volume<bool>(Grid(1, 0.2), new bool[24], name: "prediction"));
        var compare = () => OverlapCounts.Of(prediction, truth);
        compare.Should().Throw<ArgumentException>();
        OverlapCounts.Of(prediction.OnGrid(truth.Grid, tolerance: 0.25), truth).BothEmpty.Should().BeTrue();
        var wrong = () => prediction.OnGrid(truth.Grid);
        wrong.Should().Throw<ArgumentException>().WithMessage("prediction lies on 4 x 3 x 2 voxels of 1 x 1 x 1 mm*0.01 voxels*");
    }

    private static VoxelGrid Grid(double voxel, double shift = 0) =>
        new(new(4, 3, 2), Affine.Translation(new(shift, 0, 0)) * Affine.Scaling(new(voxel, voxel, voxel)));
}
