using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Losses;

/// <summary>Sums over whole volumes and networks are those of float64, rounded once.</summary>
public sealed class ExactSumTests : IDisposable
{
    // One rounding of a float32, and that of the float64 sums beside it.
    private const double Rounding = 6.1e-8;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(8);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    public static TheoryData<string> Losses => ["dice", "dice per volume", "tversky", "cross-entropy", "summed", "focal"];

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_loss_of_whole_volumes_is_exact_to_the_rounding_of_the_voxels_terms(string name)
    {
        // Every voxel has the same float32 logit and every thirteenth is foreground, so the sums are products.
        long[] grid = [2, 1, 80, 90, 70];
        var count = 2 * 80 * 90 * 70;
        var labels = torch.arange(count).remainder(13).eq(0).to(torch.int64).reshape(2, 80, 90, 70);
        var logit = torch.tensor(0.3f);
        var (p, foreground) = (logit.sigmoid().ToDouble(), (count + 12) / 13);
        var (miss, hit) = (-(-logit).sigmoid().log().ToDouble(), -logit.sigmoid().log().ToDouble());
        var (background, sum) = (count - foreground, (foreground * hit) + ((count - foreground) * miss));
        var expected = name switch
        {
            "tversky" => 1 - (((foreground * p) + 1) / ((foreground * p) + (0.3 * background * p) + (0.7 * foreground * (1 - p)) + 1)),
            "cross-entropy" => sum / count,
            "summed" => sum,
            "focal" => ((foreground * Focal(hit)) + (background * Focal(miss))) / count,
            "dice" => 1 - (((2 * foreground * p) + 1) / ((count * p) + foreground + 1)),
            _ => new[] { 0, 1 }.Average(volume =>
            {
                var own = labels[volume].sum().ToDouble();
                return 1 - (((2 * own * p) + 1) / ((count * p / 2) + own + 1));
            }),
        };
        // A voxel's own term is rounded in float32 too, by a few units.
        var tolerance = name is "focal" or "summed" or "cross-entropy" ? 4 * Rounding : Rounding;
        Named(name).Compute(logit.expand(grid), labels).ToDouble().Should().BeApproximately(expected, tolerance * expected);
        Named(name).Compute(logit.expand(grid), labels).dtype.Should().Be(torch.float32);

        static double Focal(double surprise) => Math.Pow(1 - Math.Exp(-surprise), 2) * surprise;
    }

    [Fact]
    public void The_divergence_of_a_whole_network_from_a_prior_near_it_is_no_difference_of_rounded_sums()
    {
        // q = N(0, s²) is the prior N(0, s²) but for 1e-3 in the log-variance: KL = ½ Σ (e^d − 1 − d), d = 1e-3, 5e-7 a weight.
        using var network = new BayesianUNet3d(UNet3dOptions.Small with { Widths = [8, 16] });
        using (torch.no_grad())
        {
            foreach (var (_, layer) in network.BayesianLayers)
            {
                layer.Mean.zero_();
                layer.LogVariance.fill_(-4);
            }
        }
        var deviation = Math.Exp(0.5 * (-4 - 1e-3));
        var grouping = KernelGrouping.Consecutive(network.KernelLayers);
        var prior = new WeightPrior(grouping, grouping.Groups.ToDictionary(
            group => group, KernelPrior (_) => new GaussianKernelPrior(27, deviation)));
        var objective = new DeepWeightPriorObjective(prior, network, new() { Volumes = 1 });
        var weights = network.BayesianLayers.Sum(pair => pair.Layer.Mean.NumberOfElements);
        var expected = weights * 0.5 * (Math.Exp(1e-3) - 1 - 1e-3);
        // Each kernel's cross-entropy of about -30 nats is rounded once, by 1e-6 at the most: 1e-6 √(weights/27) in the sum, and no more.
        var error = 1e-6 * Math.Sqrt(weights / 27.0);
        objective.Divergences(network).Sum(group => group.Kl.ToDouble()).Should().BeApproximately(expected, 27 * error);
    }

    [Fact]
    public void Samples_that_agree_have_no_deviation_and_no_mutual_information()
    {
        var tally = new PredictionTally(7);
        var probabilities = torch.rand([1L, 3, 6, 6, 6]).softmax(1);
        for (var sample = 0; sample < 7; sample++)
            tally.Add(probabilities);
        using var prediction = tally.Result();
        prediction.StandardDeviation.max().ToDouble().Should().Be(0);
        prediction.MutualInformation.max().ToDouble().Should().BeLessThan(1e-14);
        (prediction.Probabilities - probabilities).abs().max().ToDouble().Should().Be(0);
        prediction.Probabilities.dtype.Should().Be(torch.float32);
    }

    [Fact]
    public void Small_deviations_between_samples_are_those_of_the_samples()
    {
        // ½ ± k 2⁻²⁰: exact float32 numbers, whose squares are not.
        double[] steps = [-3, -1, 1, 3];
        var tally = new PredictionTally(steps.Length);
        foreach (var step in steps)
            tally.Add(torch.full([1, 1, 2, 2, 2], 0.5 + (step / (1 << 20)), dtype: torch.float32));
        using var prediction = tally.Result();
        prediction.StandardDeviation.min().ToDouble().Should().BeApproximately(Math.Sqrt(5) / (1 << 20), 1e-9);
        prediction.StandardDeviation.max().ToDouble().Should().BeApproximately(Math.Sqrt(5) / (1 << 20), 1e-9);
    }

    private static SegmentationLoss Named(string name) => name switch
    {
        "dice" => SegmentationLoss.Dice(),
        "dice per volume" => SegmentationLoss.Dice(new() { PerVolume = true }),
        "tversky" => SegmentationLoss.Tversky(),
        "cross-entropy" => SegmentationLoss.CrossEntropy(),
        "summed" => SegmentationLoss.SummedCrossEntropy(),
        _ => SegmentationLoss.Focal(),
    };
}
