namespace VaeToolkit.Volumes.Tests;

public sealed class GeometryTests
{
    [Theory]
    [InlineData("RAS")]
    [InlineData("LPS")]
    [InlineData("SRA")]
    [InlineData("AIR")]
    [InlineData("PSL")]
    public void Any_orientation_becomes_RAS_and_every_voxel_keeps_its_place_in_the_world(string code)
    {
        var volume = Numbered(new(4, 3, 2), Directed(code), channels: 2);
        Orientation.Code(volume.Grid.Affine).Should().Be(code);
        var turned = Orientation.ToRas(volume);
        Orientation.Code(turned.Grid.Affine).Should().Be("RAS");
        var back = turned.Grid.Affine.Inverse() * volume.Grid.Affine;
        foreach (var (x, y, z) in Voxels(volume.Size))
        {
            var at = back.Apply(new(x, y, z));
            for (var channel = 0; channel < 2; channel++)
                turned[(int)Math.Round(at.X), (int)Math.Round(at.Y), (int)Math.Round(at.Z), channel].Should().Be(volume[x, y, z, channel]);
        }
        Resampling.Nearest(turned, volume.Grid).Values.ToArray()
            .Should().Equal(volume.Values.ToArray(), "the old grid brings the old volume back");
    }

    [Fact]
    public void An_oblique_volume_takes_the_closest_axes()
    {
        var affine = Affine.FromRows(0.8, -0.6, 0, 0, 0.6, 0.8, 0, 0, 0, 0, 1, 0);
        Orientation.ToRas(Numbered(new(3, 2, 2), affine)).Grid.Affine.IsCloseTo(affine, 0).Should().BeTrue();
    }

    [Fact]
    public void Cutting_and_padding_take_each_axis_by_its_own_difference_and_undo_each_other()
    {
        var volume = Numbered(new(5, 4, 3), Affine.Scaling(new(1, 2, 3)), channels: 2);
        var changed = Cropping.ToSize(volume, new(8, 2, 4), fill: -1);
        (changed.Size, changed.Channels).Should().Be((new VolumeSize(8, 2, 4), 2));
        // Starts: (5 − 8)/2 to −1, (4 − 2)/2 = 1, (3 − 4)/2 to 0.
        changed[1, 0, 0, 1].Should().Be(volume[0, 1, 0, 1]);
        (changed[0, 0, 0], changed[6, 0, 0], changed[1, 0, 3]).Should().Be((-1, -1, -1));
        changed.Grid.Affine.Origin.Should().Be(new Vector3D(-1, 2, 0));
        var padded = Cropping.ToSize(volume, new(8, 7, 4));
        Cropping.ToSize(padded, volume.Size).Values.ToArray().Should().Equal(volume.Values.ToArray());
        Resampling.Nearest(padded, volume.Grid).Values.ToArray().Should().Equal(volume.Values.ToArray());
    }

    [Fact]
    public void A_box_wholly_beyond_the_volume_holds_the_fill()
    {
        Cropping.Extract(Numbered(new(2, 2, 2)), new(5, -7, 0, new(2, 2, 1)), fill: 9).Values.ToArray().Should().Equal(9, 9, 9, 9);
    }

    [Fact]
    public void The_box_of_what_is_not_zero_is_tight_up_to_its_margin()
    {
        var values = new float[6 * 5 * 4];
        var grid = new VoxelGrid(new(6, 5, 4));
        (values[grid.Index(1, 3, 2)], values[grid.Index(4, 2, 2)]) = (1, -1);
        var volume = new Volume<float>(grid, values);
        Cropping.NonZeroBox(volume).Should().Be(new VoxelBox(1, 2, 2, new(4, 2, 1)));
        Cropping.NonZeroBox(volume, margin: 1).Should().Be(new VoxelBox(0, 1, 1, new(6, 4, 3)));
        Cropping.NonZeroBox(volume, margin: int.MaxValue).Should().Be(new VoxelBox(0, 0, 0, grid.Size));
        Cropping.NonZeroBox(new Volume<int>(grid, new int[values.Length])).Should().Be(new VoxelBox(0, 0, 0, grid.Size));
    }

    [Fact]
    public void A_new_spacing_keeps_the_outer_faces_and_refining_a_ramp_keeps_it_a_ramp()
    {
        var ramp = new Volume<float>(
            new(new(8, 2, 2), Affine.Scaling(new(2, 1, 1))), [.. Enumerable.Range(0, 32).Select(i => (float)(i % 8))]);
        var fine = Resampling.ToSpacing(ramp, new(1, 1, 1));
        (fine.Size, fine.Grid.Affine.Origin.X).Should().Be((new VolumeSize(16, 2, 2), -0.5));
        fine.Values[..16].ToArray()
            .Should().Equal([0, 0.25f, .. Enumerable.Range(2, 13).Select(i => (i / 2f) - 0.25f), 7f], (a, b) => Math.Abs(a - b) < 1e-6);
        var coarse = Resampling.ToSpacing(ramp, new(4, 1, 1));
        (coarse.Size.Width, coarse.Grid.Affine.Origin.X).Should().Be((4, 1));
        // Inside, smoothing leaves a ramp as it is: voxel i lies at 2i + ½.
        coarse[1, 0, 0].Should().BeApproximately(2.5f, 0.02f);
        coarse[2, 0, 0].Should().BeApproximately(4.5f, 0.02f);
    }

    [Fact]
    public void Coarsening_smooths_away_what_the_coarse_grid_cannot_show()
    {
        var stripes = new Volume<float>(new(VolumeSize.Cube(16)), [.. Enumerable.Range(0, 4096).Select(i => (float)(i % 2))]);
        var coarse = Resampling.ToSpacing(stripes, new(2.5, 1, 1));
        for (var x = 1; x < coarse.Size.Width - 1; x++)
            coarse[x, 3, 3].Should().BeApproximately(0.5f, 0.05f, "stripes of one voxel average to one half");
        Resampling.Linear(stripes, coarse.Grid).Values.ToArray()
            .Should().Contain(value => Math.Abs(value - 0.5f) > 0.2f, "without smoothing they alias");
    }

    [Fact]
    public void Labels_go_to_the_nearest_or_to_the_largest_interpolated_weight()
    {
        var labels = new Volume<int>(new(new(4, 1, 1)), [0, 3, 3, 1]);
        var fine = labels.Grid.WithSpacing(new(0.5, 1, 1));
        Resampling.Nearest(labels, fine).Values.ToArray().Should().Equal(0, 0, 3, 3, 3, 3, 1, 1);
        Resampling.Majority(labels, fine).Values.ToArray().Should().Equal(0, 0, 3, 3, 3, 3, 1, 1);
        // Twice as wide, every voxel lies in the middle between two, and half a voxel is left over, whatever float32 makes of the spacing.
        foreach (var rounding in new[] { 0, 2.4e-8, -2.4e-8, 1e-6, -1e-6 })
        {
            var (edge, line) = (1 + rounding, new Volume<int>(new(new(5, 1, 1)), [4, 3, 1, 2, 9]));
            var coarse = new VoxelGrid(line.Size, Affine.Scaling(new(edge, edge, edge))).WithSpacing(new(2, 2, 2));
            coarse.Size.Width.Should().Be(2);
            var wide = new VoxelGrid(new(2, 1, 1), Affine.Translation(new(0.5 + rounding, 0, 0)) * Affine.Scaling(new(2 * edge, 1, 1)));
            Resampling.Nearest(line, wide).Values.ToArray().Should().Equal(3, 2);
            Resampling.Majority(line, wide).Values.ToArray().Should().Equal(3, 1);
        }
        // Four corners of labels 1, 1, 2, 0 around the centre: no nearest voxel has the say, the pair has.
        var corners = new Volume<int>(new(new(2, 2, 1)), [2, 1, 1, 0]);
        Resampling.Majority(corners, new(new(1, 1, 1), Affine.Translation(new(0.45, 0.45, 0)))).Values[0].Should().Be(1);
    }

    [Fact]
    public void Beyond_the_outer_faces_lies_the_outside_value()
    {
        var volume = Numbered(new(2, 2, 2));
        var wide = new VoxelGrid(new(4, 2, 2), Affine.Translation(new(-0.9, 0, 0)));
        Resampling.Linear(volume, wide, outside: -5).Values[..4].ToArray()
            .Should().Equal([-5f, 0.1f, 1, -5], (a, b) => Math.Abs(a - b) < 1e-6);
        Resampling.Nearest(volume, wide, outside: -5f).Values[..4].ToArray().Should().Equal(-5, 0, 1, -5);
    }

    [Fact]
    public void A_gaussian_keeps_the_sum_and_has_its_variance()
    {
        var grid = new VoxelGrid(VolumeSize.Cube(21));
        var values = new float[9261];
        values[grid.Index(10, 10, 10)] = 1;
        var smooth = Smoothing.Gaussian(new(grid, values), new(2, 1, 0));
        var (sum, x, y) = (0.0, 0.0, 0.0);
        foreach (var (i, j, k) in Voxels(grid.Size))
        {
            sum += smooth[i, j, k];
            x += smooth[i, j, k] * (i - 10) * (i - 10);
            y += smooth[i, j, k] * (j - 10) * (j - 10);
            if (k != 10)
                smooth[i, j, k].Should().Be(0);
        }
        (sum, x, y).Should().Match<(double Sum, double X, double Y)>(
            m => Math.Abs(m.Sum - 1) < 1e-5 && Math.Abs(m.X - 4) < 0.02 && Math.Abs(m.Y - 1) < 0.01);
    }

    [Fact]
    public void Bad_grids_volumes_and_spacings_are_refused()
    {
        var flat = () => new VoxelGrid(new(3, 0, 3));
        flat.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*at least 1*");
        var vast = () => new VoxelGrid(VolumeSize.Cube(int.MaxValue));
        vast.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*at most*");
        var few = () => new Volume<float>(new(new(2, 2, 2)), new float[7], name: "brain");
        few.Should().Throw<ArgumentException>().WithMessage("brain:*8 values, but 7*");
        var still = () => Resampling.ToSpacing(Numbered(new(2, 2, 2)), new(1, 0, 1));
        still.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*positive*");
        var beyond = () => Numbered(new(2, 2, 2))[2, 0, 0];
        beyond.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*(2, 0, 0)*");
        var rough = () => Smoothing.Gaussian(Numbered(new(2, 2, 2)), new(-1, 0, 0));
        rough.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_tensor_is_the_volume_as_it_lies_with_x_last()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var volume = Numbered(new(4, 3, 2), channels: 2);
        var tensor = volume.ToTensor();
        tensor.shape.Should().Equal(2, 2, 3, 4);
        tensor[1, 1, 2, 3].item<float>().Should().Be(volume[3, 2, 1, 1]);
        var back = tensor.ToVolume(volume.Grid);
        back.Values.ToArray().Should().Equal(volume.Values.ToArray());
        var labels = new Volume<int>(new(new(2, 1, 1)), [1, 5]);
        labels.ToTensor().Values().Should().Equal(1, 5);
        labels.ToTensor().ToLabels(labels.Grid).Values.ToArray().Should().Equal(1, 5);
        var wrong = () => labels.ToTensor().ToLabels(new(new(1, 2, 1)), "prediction");
        wrong.Should().Throw<ArgumentException>().WithMessage("prediction: integers [1, 2, 1]*[1, 1, 2]*");
        new Volume<bool>(new(new(2, 1, 1)), [true, false]).ToTensor().Values().Should().Equal(1, 0);
        var other = () => tensor.ToVolume(new(new(4, 3, 3)));
        other.Should().Throw<ArgumentException>().WithMessage("*4 x 3 x 3*[3, 3, 4]*[2, 2, 3, 4]*");
    }

    private static Affine Directed(string code)
    {
        var rows = new double[12];
        for (var axis = 0; axis < 3; axis++)
        {
            var world = Math.Max("RAS".IndexOf(code[axis]), "LPI".IndexOf(code[axis]));
            rows[(4 * world) + axis] = ("RAS".Contains(code[axis]) ? 1 : -1) * (axis + 1);
        }
        (rows[3], rows[7], rows[11]) = (11, -7, 3);
        return Affine.FromRows(rows);
    }

    private static Volume<float> Numbered(VolumeSize size, Affine? affine = null, int channels = 1) =>
        new(new(size, affine), [.. Enumerable.Range(0, channels * (int)size.Count).Select(i => (float)i)], channels);

    private static IEnumerable<(int X, int Y, int Z)> Voxels(VolumeSize size) =>
        from x in Enumerable.Range(0, size.Width)
        from y in Enumerable.Range(0, size.Height)
        from z in Enumerable.Range(0, size.Depth)
        select (x, y, z);
}
