using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Tests.Evaluation;

public sealed class MutualInformationGapTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly FactorTable _factors = new(["a", "b", "constant"], [.. Enumerable.Range(0, 20).Select(i => (int[])[i % 4, i / 4, 0])]);

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(-10)]
    [InlineData(-2000)]
    public void Encoder_that_keeps_factors_apart_has_gap_one_and_knows_their_entropies(double logVariance)
    {
        // Three latent features: the two factors, and one that says nothing.
        using var model = GivenPosteriors.Model(3);
        using var data = Items((a, b) => [a, b, 0, logVariance, logVariance, 0]);
        var result = Evaluate.MutualInformationGap(model, data, _factors, new() { Samples = 500, BatchSize = 7 });
        result.MutualInformationGap.Should().BeApproximately(1, 1e-6);
        result.FactorEntropies.Should().Equal([Math.Log(4), Math.Log(5), 0], (a, b) => Math.Abs(a - b) < 1e-12);
        result.MutualInformation[0][0].Should().BeApproximately(Math.Log(4), 1e-6);
        result.MutualInformation[1][1].Should().BeApproximately(Math.Log(5), 1e-6);
        result.MutualInformation[0][1].Should().BeApproximately(0, 1e-6);
        result.MutualInformation[0][2].Should().BeApproximately(0, 1e-12);
        result.Gaps[2].Should().Be(double.NaN, "nothing can be known of a constant");
        (result.Items, result.Samples).Should().Be((20, 500));
    }

    [Fact]
    public void Encoder_that_turns_factors_by_an_eighth_has_gap_zero()
    {
        using var model = GivenPosteriors.Model(2);
        using var data = Items((a, b) => [a - b, a + b, -10, -10]);
        var result = Evaluate.MutualInformationGap(model, data, _factors, new() { Samples = 2000 });
        // By the symmetry of the grid under a → 3 − a, a − b and a + b know the same about both factors.
        result.MutualInformationGap.Should().BeApproximately(0, 1e-6);
        result.MutualInformation[0][0].Should().BeGreaterThan(0.1);
    }

    [Fact]
    public void Information_of_overlapping_posteriors_is_that_of_numerical_integration()
    {
        using var model = GivenPosteriors.Model(1);
        using var data = Items((a, _) => [a, Math.Log(0.5)]);
        double Density(double z, double mean) => Math.Exp(-(z - mean) * (z - mean)) / Math.Sqrt(Math.PI);
        var exact = Enumerable.Range(0, 4).Average(a => Reference.Integrate(zs => [.. zs.Select(z =>
        {
            var (own, all) = (Density(z, a), Enumerable.Range(0, 4).Average(v => Density(z, v)));
            return own * Math.Log(own / all);
        })], a - 6, a + 6));
        var result = Evaluate.MutualInformationGap(model, data, _factors, new() { Samples = 20_000 });
        result.MutualInformation[0][0].Should().BeApproximately(exact, 4 * result.StandardErrors[0][0]);
        result.MutualInformation[1][0].Should().BeApproximately(0, 1e-10);
        result.StandardErrors[0][0].Should().BeLessThan(0.01);
        result.Gaps[0].Should().BeApproximately(result.MutualInformation[0][0] / Math.Log(4), 1e-12, "a second feature would know nothing");
    }

    [Fact]
    public void Sprites_go_through_and_factors_must_fit_the_items()
    {
        using var sprites = SpriteData.Draw(new() { Scales = 2, Orientations = 2, ColumnPositions = 2, RowPositions = 2, Side = 16 });
        using var model = new VaeToolkit.Vae(
            new VaeToolkit.MlpEncoder(256, 3, [16]),
            new VaeToolkit.MlpDecoder(3, [16], VaeToolkit.ObservationModel.Bernoulli(1, 16, 16)),
            new VaeToolkit.StandardNormalPrior(3));
        MutualInformationGapOptions options = new() { Samples = 100 };
        var result = Evaluate.MutualInformationGap(model, sprites.Images, sprites.Factors, options);
        result.MutualInformationGap.Should().BeInRange(-0.1, 1);
        var before = Reference.LiveTensors();
        Evaluate.MutualInformationGap(model, sprites.Images, sprites.Factors, options).MutualInformationGap
            .Should().Be(result.MutualInformationGap);
        torch.Tensor.TotalCount.Should().Be(before);
        FluentActions.Invoking(() => Evaluate.MutualInformationGap(model, sprites.Images, _factors))
            .Should().Throw<ArgumentException>().WithParameterName("factors").WithMessage("*20 items, but 48*");
    }

    private static TensorData Items(Func<int, int, double[]> item)
    {
        var rows = Enumerable.Range(0, 20).Select(i => torch.tensor(item(i % 4, i / 4)));
        return new TensorData(torch.stack(rows));
    }
}
