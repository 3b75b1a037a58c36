using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Bottleneck;

/// <summary>Figures of Gaussian views that are known in closed form.</summary>
public sealed class GaussianOracleTests
{
    private const double Snr = 3;

    [Fact]
    public void Closed_form_has_the_known_figures_and_is_zero_below_the_critical_beta()
    {
        var scalar = new GaussianBottleneck(0.8);
        var (rate, information) = scalar.At(5);
        rate.Should().BeApproximately(0.980829, 1e-6);
        information.Should().BeApproximately(0.399254, 1e-6);
        scalar.CriticalBetas.Should().Equal([1 / 0.64], (a, b) => Math.Abs(a - b) < 1e-12);
        scalar.At(1.56).Should().Be((0, 0));
        scalar.At(1.57).Rate.Should().BeGreaterThan(0);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-9)]
    [InlineData(1e-100)]
    public void A_tiny_correlation_has_a_tiny_information_and_not_none(double rho)
    {
        // At β = 2 / ρ² the rate is ½ ln((2 − ρ²) / (1 − ρ²)), and the information −½ ln(1 − ρ² / (2 − ρ²)),
        // which is ρ² / 4 to ρ⁴.
        var (rate, information) = new GaussianBottleneck(rho).At(2 / (rho * rho));
        rate.Should().BeApproximately(Math.Log(2) / 2, 1e-6);
        (information / (rho * rho)).Should().BeApproximately(0.25, 1e-6);
        new GaussianBottleneck(rho).At(double.PositiveInfinity).Information.Should().BeApproximately(rho * rho / 2, rho * rho * 1e-6);
    }

    [Fact]
    public void Just_above_a_critical_beta_the_rate_is_that_of_the_distance_from_it()
    {
        // R = ½ ln(1 + x / (1 − ρ²)) with x = β ρ² − 1, which is x / (2 (1 − ρ²)) for small x; ρ² is exact.
        var (rate, information) = new GaussianBottleneck(0.5).At(4 + 4e-12);
        var excess = (4 + 4e-12) * 0.25 - 1;
        rate.Should().BeApproximately(excess / 1.5, excess * 1e-9);
        information.Should().BeApproximately(excess / 6, excess * 1e-9);
    }

    [Fact]
    public void Closed_form_of_vectors_is_the_sum_over_canonical_correlations()
    {
        var vector = new GaussianBottleneck(0.95, 0.6, 0.3);
        vector.CriticalBetas.Should().Equal([1 / 0.9025, 1 / 0.36, 1 / 0.09], (a, b) => Math.Abs(a - b) < 1e-9);
        foreach (var (beta, active) in new[] { (1.0, 0), (2.0, 1), (5.0, 2), (20.0, 3) })
        {
            var parts = new[] { 0.95, 0.6, 0.3 }.Select(rho => new GaussianBottleneck(rho).At(beta)).ToArray();
            parts.Count(p => p.Rate > 0).Should().Be(active);
            vector.At(beta).Rate.Should().BeApproximately(parts.Sum(p => p.Rate), 1e-12);
            vector.At(beta).Information.Should().BeApproximately(parts.Sum(p => p.Information), 1e-12);
        }
    }

    [Theory]
    [InlineData(5.0)]
    [InlineData(2.5)]
    [InlineData(1.3)]
    public void Trained_linear_bottleneck_is_within_two_hundredths_of_a_nat(double beta)
    {
        var point = Trained(beta, 8, 0.8);
        var (rate, information) = new GaussianBottleneck(0.8).At(beta);
        point.Rate.Should().BeApproximately(rate, 0.02);
        point.Information.Should().BeApproximately(information, 0.02);
    }

    [Fact]
    public void Components_of_a_vector_switch_on_at_their_own_critical_betas()
    {
        var point = Trained(5, 8, 0.95, 0.6, 0.3);
        var (rate, information) = new GaussianBottleneck(0.95, 0.6, 0.3).At(5);
        point.ActiveDimensions.Should().Be(2, "1/0.95² and 1/0.6² are below 5, 1/0.3² is above");
        point.Rate.Should().BeApproximately(rate, 0.04);
        point.Information.Should().BeApproximately(information, 0.04);
    }

    [Fact]
    public void Best_decoder_has_all_of_the_information_and_others_less()
    {
        // z has variance 1 + 1/snr; the best slope is ρ over that, and leaves 1 − ρ² snr / (1 + snr) of the variance.
        var slope = 0.8 / (1 + 1 / Snr);
        var left = 1 - 0.64 * Snr / (1 + Snr);
        InformationOf(slope, left).Should().BeApproximately(0.326963, 0.01);
        InformationOf(slope, 1).Should().BeApproximately(0.24, 0.01);
        InformationOf(1, 1).Should().BeApproximately(0.1333, 0.01);
    }

    [Fact]
    public void Rate_is_above_the_information_until_the_aggregate_is_the_reference()
    {
        RateOf(scale: 1).Should().BeApproximately(0.715973, 1e-6);
        RateOf(scale: 1 / Math.Sqrt(1 + 1 / Snr)).Should().BeApproximately(0.693147, 1e-6, "I = ½ ln(1 + snr)");
    }

    private static double RateOf(double scale) => Fixed(new NoisyCopy(1 / Snr, scale), new Slope(1, 1)).Rate;

    private static double InformationOf(double slope, double variance)
        => Fixed(new NoisyCopy(1 / Snr), new Slope(slope, variance)).Information!.Value;

    private static InformationPoint Fixed(Encoder encoder, Decoder decoder)
    {
        using var pairs = GaussianViews.Make(20_000, 5, torch.float64, 0.8);
        using var model = new InformationBottleneck(encoder, decoder, new StandardNormalPrior(1), 1).to(torch.float64);
        return InformationPlane.Measure(model, pairs, new() { TargetEntropy = GaussianViews.Entropy(), Samples = 12 });
    }

    private static InformationPoint Trained(double beta, int samples, params double[] correlations)
    {
        using var seed = SeedScope.Begin(3);
        var size = correlations.Length;
        using var pairs = GaussianViews.Make(5_000, correlations);
        using var model = new InformationBottleneck(
            new LinearEncoder(size, size), new LinearDecoder(size, ObservationModel.LearnedGaussian(size)),
            new StandardNormalPrior(size), size);
        var training = new TrainingOptions
        {
            Epochs = 60,
            BatchSize = 250,
            LearningRate = 0.03,
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.StepLR(optimizer, 20, 0.2),
        };
        Trainer.Fit(model,
            new BottleneckObjective(new() { Beta = BetaWeight.OnReconstruction(beta), Samples = samples }), pairs, options: training);
        return InformationPlane.Measure(model, pairs, new() { TargetEntropy = GaussianViews.Entropy(size) });
    }
}
