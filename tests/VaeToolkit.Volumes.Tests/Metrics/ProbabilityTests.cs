namespace VaeToolkit.Volumes.Tests.Metrics;

public sealed class ProbabilityTests
{
    private static readonly VoxelGrid s_grid = new(new(4, 1, 1));

    [Fact]
    public void Calibration_is_by_hand()
    {
        var calibration = Calibration.Of(new(s_grid, [0.1f, 0.3f, 0.8f, 1]), new(s_grid, [false, true, true, true]), bins: 2);
        calibration.Bins.Select(bin => bin.Count).Should().Equal(2, 2);
        calibration.Bins[0].Probability.Should().BeApproximately(0.2, 1e-7);
        calibration.Bins[0].Frequency.Should().Be(0.5);
        calibration.ExpectedError.Should().BeApproximately((0.3 + 0.1) / 2, 1e-7);
        calibration.MaximumError.Should().BeApproximately(0.3, 1e-7);
        calibration.Brier.Should().BeApproximately((0.01 + 0.49 + 0.04) / 4, 1e-7);
        calibration.NegativeLogLikelihood.Should().BeApproximately(-(Math.Log(0.9) + Math.Log(0.3) + Math.Log(0.8)) / 4, 1e-6);
    }

    [Fact]
    public void Probabilities_that_are_drawn_from_are_calibrated_within_their_noise()
    {
        var random = new Random(8);
        var probabilities = Enumerable.Range(0, 60_000).Select(_ => random.NextSingle()).ToArray();
        var grid = new VoxelGrid(new(60_000, 1, 1));
        var truth = Array.ConvertAll(probabilities, p => random.NextSingle() < p);
        var calibration = Calibration.Of(new(grid, probabilities), new(grid, truth), bins: 10);
        // Each interval's frequency has a standard error of at most √(¼ / 6,000) = 0.0065.
        calibration.MaximumError.Should().BeLessThan(4 * 0.0065);
        // E (p − y)² = E p(1 − p) = 1/6; the sample's standard error is below 0.001.
        calibration.Brier.Should().BeApproximately(1 / 6.0, 0.004);
    }

    [Fact]
    public void Only_voxels_within_a_mask_are_counted_and_no_probability_is_refused()
    {
        var truth = new Volume<bool>(s_grid, [false, true, true, true]);
        var some = Calibration.Of(new(s_grid, [0, 1, 0, 0]), truth, within: new(s_grid, [true, true, false, false]));
        (some.Brier, some.ExpectedError).Should().Be((0, 0));
        var none = () => Calibration.Of(new(s_grid, new float[4]), truth, within: new(s_grid, new bool[4]));
        none.Should().Throw<ArgumentException>().WithMessage("*empty*");
        var beyond = () => Calibration.Of(new(s_grid, [0, 2, 0, 0]), truth);
        beyond.Should().Throw<ArgumentException>().WithMessage("*voxel 1 is 2*");
        var undefined = () => Calibration.Of(new(s_grid, [0, 0, float.NaN, 0]), truth);
        undefined.Should().Throw<ArgumentException>().WithMessage("*voxel 2 is NaN*");
    }

    [Fact]
    public void Uncertainty_splits_into_noise_and_not_knowing_the_weights()
    {
        // Voxel 0: both say ½ (noise). Voxel 1: 0 against 1 (they disagree). Voxel 2: both sure. Voxel 3: 0.2 and 0.6.
        var maps = UncertaintyMaps.Of([new(s_grid, [0.5f, 0, 1, 0.2f]), new(s_grid, [0.5f, 1, 1, 0.6f])]);
        Expect(maps.Mean, 0.5, 0.5, 1, 0.4);
        Expect(maps.StandardDeviation, 0, 0.5, 0, 0.2);
        Expect(maps.Entropy, Math.Log(2), Math.Log(2), 0, Entropy(0.4));
        Expect(maps.MutualInformation, 0, Math.Log(2), 0, Entropy(0.4) - ((Entropy(0.2) + Entropy(0.6)) / 2));

        static void Expect(Volume<float> map, params double[] expected) =>
            map.Values.ToArray().Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-6);

        static double Entropy(double p) => -(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p));
    }

    [Fact]
    public void Predictions_that_agree_have_no_deviation_and_small_ones_are_exact()
    {
        float[] values = [0.1f, 0.3f, 0.7f, 0.9f];
        UncertaintyMaps.Of([.. Enumerable.Repeat(new Volume<float>(s_grid, values), 7)]).StandardDeviation.Values.ToArray()
            .Should().OnlyContain(deviation => deviation == 0);
        // ½ ± k 2⁻²⁰: exact float32 numbers, whose squares are not.
        var steps = new[] { -3f, -1, 1, 3 };
        UncertaintyMaps.Of([.. steps.Select(step => new Volume<float>(s_grid, [.. Enumerable.Repeat(0.5f + step / (1 << 20), 4)]))])
            .StandardDeviation.Values.ToArray()
            .Should().OnlyContain(deviation => Math.Abs(deviation * (1 << 20) - Math.Sqrt(5)) < 1e-6);
    }

    [Fact]
    public void Two_channels_of_complements_have_the_entropy_of_one()
    {
        var one = UncertaintyMaps.Of([new(s_grid, [0.5f, 0.1f, 1, 0.2f]), new(s_grid, [0.4f, 0.7f, 1, 0.6f])]);
        var two = UncertaintyMaps.Of([Both(0.5f, 0.1f, 1, 0.2f), Both(0.4f, 0.7f, 1, 0.6f)]);
        two.Entropy.Values.ToArray().Should().Equal(one.Entropy.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        two.MutualInformation.Values.ToArray().Should().Equal(one.MutualInformation.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        (two.Mean.Channels, two.Entropy.Channels).Should().Be((2, 1));

        static Volume<float> Both(params float[] p) => new(s_grid, [.. p, .. p.Select(value => 1 - value)], channels: 2);
    }

    [Fact]
    public void Predictions_that_do_not_belong_together_are_refused()
    {
        var none = () => UncertaintyMaps.Of([]);
        none.Should().Throw<ArgumentException>().WithMessage("*no predictions*");
        var mixed = () => UncertaintyMaps.Of([new(s_grid, new float[4]), new(new(new(2, 2, 1)), new float[4])]);
        mixed.Should().Throw<ArgumentException>().WithMessage("*Prediction 1 differs*");
        var wrong = () => UncertaintyMaps.Of([new(s_grid, [0, 0, -1, 0])]);
        wrong.Should().Throw<ArgumentException>().WithMessage("*value 2 is -1*");
    }
}
