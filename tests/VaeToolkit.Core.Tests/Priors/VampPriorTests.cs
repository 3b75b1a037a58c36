using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Priors;

public sealed class VampPriorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(30)]
    public void Its_density_is_the_mean_of_the_posteriors_of_its_pseudo_inputs(int components)
    {
        using var encoder = new MlpEncoder(6, 2, [5]);
        using var prior = new VampPrior(encoder, [6], components);
        _ = encoder.to(torch.float64);
        _ = prior.to(torch.float64);
        var z = torch.randn([4L, 2L], torch.float64);
        var posterior = (DiagonalNormal)encoder.forward(prior.PseudoInputs());
        var expected = Enumerable.Range(0, 4)
            .Select(n => Math.Log(posterior.LogProb(z.narrow(0, n, 1).expand(components, 2)).exp().mean().ToDouble()));
        prior.LogProb(z).Values().Zip(expected).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
    }

    [Fact]
    public void Initial_inputs_are_copied_and_stay_the_callers()
    {
        using var encoder = new MlpEncoder(6, 2, [5]);
        var inputs = torch.rand([3L, 1L, 2L, 3L]).gt(0.5).@float();
        using var prior = new VampPrior(encoder, [1, 2, 3], 3, new() { InitialInputs = inputs });
        prior.PseudoInputs().Values().Should().Equal(inputs.Values());
        inputs.zero_();
        prior.PseudoInputs().sum().ToDouble().Should().BeGreaterThan(0);
        (-prior.LogProb(torch.zeros([1L, 2L]))).sum().backward();
        prior.get_parameter("pseudo_inputs")!.grad!.ne(0).all().ToBoolean().Should().BeTrue("values at the ends of the range still learn");
    }

    [Fact]
    public void Pseudo_inputs_are_kept_in_range_unless_they_are_free()
    {
        using var encoder = new MlpEncoder(6, 2, [5]);
        using var kept = new VampPrior(encoder, [6], 50, new() { NoiseStandardDeviation = 3, Minimum = -1, Maximum = 1 });
        using var free = new VampPrior(encoder, [6], 50, new() { NoiseStandardDeviation = 3, KeepInRange = false });
        kept.PseudoInputs().abs().max().ToDouble().Should().Be(1);
        free.PseudoInputs().abs().max().ToDouble().Should().BeGreaterThan(2);
        using var noGradient = torch.no_grad();
        kept.get_parameter("pseudo_inputs")!.fill_(9);
        kept.PseudoInputs().max().ToDouble().Should().Be(1);
    }

    [Fact]
    public void The_encoder_stays_the_models()
    {
        using var encoder = new MlpEncoder(6, 2, [5]);
        var prior = new VampPrior(encoder, [6], 3);
        var vae = new Vae(encoder, new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), prior);
        prior.children().Should().BeEmpty();
        vae.named_parameters().Select(p => p.name)
            .Should().OnlyHaveUniqueItems().And.NotContain(name => name.StartsWith("prior.encoder", StringComparison.OrdinalIgnoreCase));
        prior.Dispose();
        encoder.forward(torch.zeros([1L, 6L])).Mean.shape.Should().Equal(1, 2);
        vae.Dispose();
    }

    [Fact]
    public void Training_data_that_pseudo_inputs_cannot_follow_are_found_before_training()
    {
        using var scope = torch.NewDisposeScope();
        using var encoder = new MlpEncoder(6, 2, [5]);
        using var unit = new TensorData(torch.rand(40, 6) * (1 + 1e-6));
        using var below = new TensorData(torch.rand(40, 6) - 3);
        using var above = new TensorData(torch.rand(40, 6) * 7);
        Findings(new(), unit).Should().BeEmpty();
        Findings(new(), below).Should().ContainSingle().Which.Should().Match(
            "The training data lie in [-*, -2.0*], but the VampPrior keeps its pseudo-inputs in [0, 1],*KeepInRange to false.");
        Findings(new(), above).Should().ContainSingle().Which.Should().Match("The training data lie in [0*, 6.9*]*[0, 1]*");
        Findings(new() { Minimum = -3, Maximum = 0 }, below).Should().BeEmpty();
        Findings(new() { KeepInRange = false }, above).Should().BeEmpty();

        IReadOnlyList<string> Findings(VampPriorOptions options, TensorData data)
        {
            var vae = new Vae(
                encoder, new MlpDecoder(2, [5], ObservationModel.LearnedGaussian(6)), new VampPrior(encoder, [6], 3, options));
            return [.. PreFlight.DataFindings(vae, new Elbo(), 1, (data, "training"), (above, "validation"))];
        }
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        using var encoder = new MlpEncoder(6, 2, [5]);
        using var conv = new ConvEncoder([1, 8, 8], 2, [2, 2], 4);
        Refused<ArgumentException>(() => new VampPrior(encoder, [7], 3), "*[7]*do not fit the encoder*6 values*");
        Refused<ArgumentException>(() => new VampPrior(conv, [1, 8, 9], 3), "*[1, 8, 9]*do not fit the encoder*");
        Refused<ArgumentException>(() => new VampPrior(encoder, [], 3), "*at least one axis*");
        Refused<ArgumentOutOfRangeException>(() => new VampPrior(encoder, [6], 0), "*pseudo-inputs M*");
        Refused<ArgumentException>(
            () => new VampPrior(encoder, [6], 3, new() { InitialInputs = torch.zeros([2L, 6L]) }), "*[2, 6]*[3, 6]*");
        Refused<ArgumentException>(
            () => new VampPrior(encoder, [6], 3, new() { InitialInputs = torch.full([3L, 6L], 2) }), "*[2, 2]*[0, 1]*");
        Refused<ArgumentException>(
            () => new VampPrior(encoder, [6], 3, new() { InitialInputs = torch.full([3L, 6L], double.NaN) }), "*NaN*finite*");
        Refused<ArgumentException>(() => new VampPrior(encoder, [6], 3, new() { Minimum = 1 }), "*[1, 1]*");
        Refused<ArgumentOutOfRangeException>(
            () => new VampPrior(encoder, [6], 3, new() { NoiseStandardDeviation = 0 }), "*NoiseStandardDeviation*");

        static void Refused<T>(Func<Prior> make, string message)
            where T : Exception
            => FluentActions.Invoking(make).Should().Throw<T>().WithMessage(message);
    }
}
