namespace VaeToolkit.Volumes.Tests.Alignment;

public sealed class VolumeAlignmentTests
{
    private const int Edge = 32;
    private const double Field = 200;
    private const double FifteenDegrees = 15 * Math.PI / 180;

    [Theory]
    [InlineData(AlignmentMotion.Rigid, AlignmentSimilarity.CrossCorrelation, BrainContrast.Flair)]
    [InlineData(AlignmentMotion.Affine, AlignmentSimilarity.CrossCorrelation, BrainContrast.Flair)]
    [InlineData(AlignmentMotion.Rigid, AlignmentSimilarity.MutualInformation, BrainContrast.T1)]
    [InlineData(AlignmentMotion.Affine, AlignmentSimilarity.MutualInformation, BrainContrast.T1)]
    public void A_moved_head_is_brought_back_to_less_than_half_a_voxel(
        AlignmentMotion motion, AlignmentSimilarity similarity, BrainContrast contrast)
    {
        // The last motion is as large as it gets: 15°, a tenth of the field, and 8 % wider, narrower and wider.
        var random = new Random(11);
        double[][] motions =
        [
            [.. Draw(random, 3, 0.1 * Field), .. Draw(random, 3, FifteenDegrees / Math.Sqrt(3)), .. Draw(random, 3, 0.08)],
            [.. Draw(random, 3, 0.1 * Field), .. Draw(random, 3, FifteenDegrees / Math.Sqrt(3)), .. Draw(random, 3, 0.08)],
            [0, -0.1 * Field, 0, FifteenDegrees, 0, 0, 0.08, -0.08, 0.08],
        ];
        for (var seed = 0; seed < 3; seed++)
        {
            var template = BrainPhantom.Create(seed, VolumeSize.Cube(Edge), BrainLesion.Tumour);
            var other = BrainPhantom.Create(seed, VolumeSize.Cube(Edge), BrainLesion.Tumour, contrast).Image;
            var truth = MotionParameters.ToAffine(
                [.. motion == AlignmentMotion.Affine ? motions[seed] : [.. motions[seed][..6], 0, 0, 0], 0, 0, 0], default);
            var result = VolumeAlignment.ToTemplate(
                Moved(other, truth), template.Image, new() { Motion = motion, Similarity = similarity });
            MeanError(result.MovingFromTemplate, truth, template.Brain).Should().BeLessThan(0.5, "seed {0}", seed);
        }
    }

    [Fact]
    public void Grids_may_differ_and_labels_follow()
    {
        var template = BrainPhantom.Create(1, VolumeSize.Cube(Edge), BrainLesion.Tumour);
        // The same head on a grid with other axes, extents and spacings, in a world that is turned and shifted.
        var away = MotionParameters.ToAffine([12, -7, 5, 0.1, 0.05, -0.1, 0, 0, 0, 0, 0, 0], default);
        var grid = new VoxelGrid(
            new(36, 30, 40), template.Image.Grid.Affine * Affine.FromRows(0, 0, -0.8, 31, -1.05, 0, 0, 31, 0, 1.06, 0, 0));
        var (image, lesion) = (Resampling.Linear(template.Image, grid), Resampling.Nearest(template.Lesion, grid));
        var turned = new VoxelGrid(grid.Size, away * grid.Affine);
        var result = VolumeAlignment.ToTemplate(new(turned, image.Data), template.Image, new() { Motion = AlignmentMotion.Rigid });
        MeanError(result.MovingFromTemplate, away, template.Brain).Should().BeLessThan(0.5);
        var back = result.ApplyNearest(new Volume<bool>(turned, lesion.Data));
        back.Grid.Should().BeSameAs(template.Image.Grid);
        OverlapCounts.Of(back, template.Lesion).Dice.Should().BeGreaterThan(0.85);
        result.Apply(new Volume<float>(turned, image.Data)).Size.Should().Be(template.Image.Size);
        result.Loss.Should().BeLessThan(0.1);
    }

    [Fact]
    public void Centres_of_mass_alone_give_a_shift()
    {
        var template = Spot(new(5, 6, 7), default);
        var result = VolumeAlignment.ToTemplate(
            Spot(new(8, 4, 7), new(1, 2, 3)), template, new() { Motion = AlignmentMotion.CentreOfMass });
        result.MovingFromTemplate.IsCloseTo(Affine.Translation(new(4, 0, 3)), 1e-6).Should().BeTrue();
    }

    [Theory]
    [InlineData(AlignmentSimilarity.CrossCorrelation)]
    [InlineData(AlignmentSimilarity.MutualInformation)]
    public void The_gradient_is_that_of_finite_differences(AlignmentSimilarity similarity)
    {
        var template = BrainPhantom.Create(2, VolumeSize.Cube(16), BrainLesion.None).Image;
        var level = new AlignmentLevel(
            template, BrainPhantom.Create(3, new(18, 17, 16), BrainLesion.None).Image, similarity, new(3, -2, 1));
        double[] at = [4, -3, 2, 0.1, -0.05, 0.08, 0.03, -0.04, 0.02, 0.05, -0.03, 0.04];
        var (gradient, ignored) = (new double[12], new double[12]);
        level.Evaluate(at, gradient);
        for (var p = 0; p < 12; p++)
        {
            // Interpolation has kinks where a voxel passes a centre, so the step is small and the tolerance not.
            var step = p < 3 ? 1e-4 : 1e-6;
            var (up, down) = ((double[])at.Clone(), (double[])at.Clone());
            (up[p], down[p]) = (up[p] + step, down[p] - step);
            var difference = (level.Evaluate(up, ignored) - level.Evaluate(down, ignored)) / (2 * step);
            gradient[p].Should().BeApproximately(difference, 2e-3 * gradient.Skip(p < 3 ? 0 : 3).Max(Math.Abs), "parameter {0}", p);
        }
    }

    [Fact]
    public void Mutual_information_of_independent_images_is_near_zero_and_of_a_function_large()
    {
        var random = new Random(4);
        var template = Enumerable.Range(0, 50_000).Select(_ => random.NextSingle()).ToArray();
        var independent = Enumerable.Range(0, 50_000).Select(_ => random.NextSingle()).ToArray();
        var inverted = Array.ConvertAll(template, value => 1 - value);
        // By chance a joint histogram of 32 x 32 has about 31² / (2 · 50,000) = 0.01 nats; smoothing makes it less.
        (-Loss(independent)).Should().BeInRange(0, 0.02);
        (-Loss(inverted)).Should().BeGreaterThan(2);

        double Loss(float[] moving)
            => new InformationLoss(template, moving).Evaluate(Array.ConvertAll(moving, value => (double)value), new double[50_000]);
    }

    [Fact]
    public void Progress_ends_at_1_and_a_token_stops_it()
    {
        var image = BrainPhantom.Create(2, VolumeSize.Cube(16), BrainLesion.None).Image;
        var reports = new List<double>();
        VolumeAlignment.ToTemplate(image, image, new() { StepsPerLevel = 2 }, new Immediate(reports.Add));
        reports.Should().BeInAscendingOrder().And.EndWith(1);
        var stopped = () => VolumeAlignment.ToTemplate(image, image, cancellationToken: new CancellationToken(canceled: true));
        stopped.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Images_that_cannot_be_aligned_are_refused_by_name()
    {
        var grid = new VoxelGrid(VolumeSize.Cube(8));
        var (good, flat) = (Spot(new(3, 3, 3), default), new Volume<float>(grid, new float[512], name: "flat.nii"));
        var broken = new Volume<float>(grid, [float.NaN, .. new float[511]], name: "broken.nii");
        var dull = () => VolumeAlignment.ToTemplate(flat, good);
        dull.Should().Throw<ArgumentException>().WithMessage("flat.nii has only one value*");
        var undefined = () => VolumeAlignment.ToTemplate(good, broken);
        undefined.Should().Throw<ArgumentException>().WithMessage("broken.nii has voxels that are NaN*");
        var none = () => new AlignmentOptions { StepsPerLevel = 0 };
        none.Should().Throw<ArgumentOutOfRangeException>();
    }

    /// <summary>The image in a world where each point x of its own lies at motion(x).</summary>
    private static Volume<float> Moved(Volume<float> image, Affine motion) =>
        image.With(Resampling.Linear(image, new(image.Size, motion.Inverse() * image.Grid.Affine)).Data);

    private static Volume<float> Spot(Vector3D voxel, Vector3D origin)
    {
        var grid = new VoxelGrid(new(12, 12, 12), Affine.Translation(origin));
        var values = new float[1728];
        values[grid.Index((int)voxel.X, (int)voxel.Y, (int)voxel.Z)] = 1;
        return new(grid, values);
    }

    private static double[] Draw(Random random, int count, double limit)
        => [.. Enumerable.Range(0, count).Select(_ => limit * ((2 * random.NextDouble()) - 1))];

    /// <summary>Over the brain's voxels, in voxels.</summary>
    private static double MeanError(Affine found, Affine truth, Volume<bool> brain)
    {
        var points = Enumerable.Range(0, brain.Values.Length)
            .Where(i => brain.Values[i]).Select(i => brain.Grid.Affine.Apply(new(i % Edge, i / Edge % Edge, i / Edge / Edge)));
        return points.Average(point => (found.Apply(point) - truth.Apply(point)).Length) / brain.Grid.Spacing.X;
    }

    private sealed class Immediate(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
