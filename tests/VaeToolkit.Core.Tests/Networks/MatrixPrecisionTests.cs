using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Networks;

public sealed class MatrixPrecisionTests : IDisposable
{
    // Eight bits with the leading one: a rounded number is off by at most 2⁻⁹ of its power of two, 2⁻⁸ of itself.
    private const double Rounding = 1.0 / 256;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(9);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Small_whole_numbers_pass_exactly()
    {
        var (single, low) = Pair(new EncoderOptions { Activation = Activation.ReLU, LogVariance = null });
        foreach (var parameter in single.parameters())
            Set(parameter, torch.randint(-1L, 2L, parameter.shape).to(torch.float32));
        Copy(single, low);
        var x = torch.randint(0L, 2L, [50L, 12L]).to(torch.float32);
        Assert(low.forward(x).Mean, single.forward(x).Mean, relative: 0);
    }

    [Fact]
    public void Values_and_gradients_are_those_of_float32_within_the_roundings()
    {
        var (single, low) = Pair(new EncoderOptions());
        Copy(single, low);
        var x = torch.rand(200, 12);
        var (mean, lowMean) = (single.forward(x).Mean, low.forward(x).Mean);
        lowMean.dtype.Should().Be(torch.float32);
        // Input, weight and output of two layers: six roundings in the worst direction.
        Assert(lowMean, mean, 6 * Rounding);
        lowMean.Values().Should().NotEqual(mean.Values(), "else nothing was computed in bfloat16");
        mean.square().sum().backward();
        lowMean.square().sum().backward();
        foreach (var (name, parameter) in single.named_parameters())
        {
            var gradient = low.get_parameter(name)!.grad!;
            gradient.dtype.Should().Be(torch.float32, name);
            // By their norms: processors without bfloat16 instructions also round the sum over the items.
            (gradient - parameter.grad!).norm().ToDouble().Should().BeLessThan(12 * Rounding * parameter.grad!.norm().ToDouble(), name);
        }
    }

    [Fact]
    public void Evaluation_and_what_is_saved_are_float32()
    {
        var (single, low) = Pair(new EncoderOptions());
        Copy(single, low);
        low.state_dict().Keys.Should().Equal(single.state_dict().Keys);
        low.state_dict().Values.Should().OnlyContain(tensor => tensor.dtype == torch.float32);
        single.eval();
        low.eval();
        var x = torch.rand(20, 12);
        low.forward(x).Mean.Values().Should().Equal(single.forward(x).Mean.Values());
    }

    [Fact]
    public void A_decoder_too_and_likelihoods_take_float32_from_it()
    {
        using var single = new MlpDecoder(4, [30], ObservationModel.Bernoulli(10));
        using var low = new MlpDecoder(4, [30], ObservationModel.Bernoulli(10), new() { Precision = MatrixPrecision.BFloat16 });
        Copy(single, low);
        var z = torch.randn(3, 20, 4);
        var logits = ((BernoulliLikelihood)low.forward(z)).Logits;
        logits.dtype.Should().Be(torch.float32);
        Assert(logits, ((BernoulliLikelihood)single.forward(z)).Logits, 6 * Rounding);
    }

    [Fact]
    public void An_unknown_precision_is_refused()
    {
        FluentActions.Invoking(() => new MlpEncoder(2, 2, [2], new() { Precision = (MatrixPrecision)7 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Full, BFloat16*");
        FluentActions.Invoking(() => new MlpDecoder(2, [2], ObservationModel.Bernoulli(2), new() { Precision = (MatrixPrecision)7 }))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    private static (MlpEncoder Single, MlpEncoder Low) Pair(EncoderOptions options)
        => (new(12, 4, [30], options), new(12, 4, [30], options with { Precision = MatrixPrecision.BFloat16 }));

    private static void Copy(torch.nn.Module from, torch.nn.Module to)
    {
        foreach (var (name, parameter) in from.named_parameters())
            Set(to.get_parameter(name)!, parameter);
    }

    private static void Set(torch.Tensor parameter, torch.Tensor values)
    {
        using var noGradient = torch.no_grad();
        parameter.copy_(values);
    }

    // By the largest number: a sum of terms that cancel keeps the roundings of its terms.
    private static void Assert(torch.Tensor actual, torch.Tensor expected, double relative)
        => (actual - expected).abs().max().ToDouble().Should().BeLessThanOrEqualTo(relative * expected.abs().max().ToDouble());
}
