using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

public sealed class VaeTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Keys_of_saved_files_are_frozen()
    {
        using var mlp = Mlp();
        mlp.state_dict().Keys.Should().Equal(
            "encoder.trunk.fc1.weight", "encoder.trunk.fc1.bias", "encoder.trunk.fc2.weight", "encoder.trunk.fc2.bias",
            "encoder.head.weight", "encoder.head.bias",
            "decoder.trunk.fc1.weight", "decoder.trunk.fc1.bias", "decoder.head.weight", "decoder.head.bias");
        using var conv = Conv(28);
        conv.state_dict().Keys.Should().Equal(
            "encoder.trunk.conv1.weight", "encoder.trunk.conv1.bias", "encoder.trunk.conv2.weight", "encoder.trunk.conv2.bias",
            "encoder.trunk.fc.weight", "encoder.trunk.fc.bias", "encoder.head.weight", "encoder.head.bias",
            "decoder.trunk.fc1.weight", "decoder.trunk.fc1.bias", "decoder.trunk.fc2.weight", "decoder.trunk.fc2.bias",
            "decoder.trunk.deconv2.weight", "decoder.trunk.deconv2.bias", "decoder.trunk.deconv1.weight", "decoder.trunk.deconv1.bias");
    }

    [Theory]
    [InlineData(28)]
    [InlineData(32)]
    [InlineData(64)]
    public void Convolutional_parts_keep_the_pictures_shape(int side)
    {
        using var vae = Conv(side);
        var x = torch.rand([3, 1, side, side]);
        vae.Reconstruct(x).shape.Should().Equal(3, 1, side, side);
        vae.Sample(5).shape.Should().Equal(5, 1, side, side);
        vae.Decode(torch.randn([4, 3, 3])).LogProb(x).shape.Should().Equal(4, 3);
    }

    [Fact]
    public void Pictures_of_samples_and_reconstructions_belong_to_the_caller_and_leave_mode_and_gradients_alone()
    {
        using var vae = Mlp();
        vae.train();
        var x = torch.rand(4, 12);
        var before = Reference.LiveTensors();
        using (var inner = torch.NewDisposeScope())
        {
            var (sample, reconstruction) = (vae.Sample(3), vae.Reconstruct(x));
            inner.Contains(sample).Should().BeTrue();
            inner.DisposablesCount.Should().Be(2, "the intermediate tensors are gone");
            sample.requires_grad.Should().BeFalse();
            reconstruction.shape.Should().Equal(4, 12);
        }
        torch.Tensor.TotalCount.Should().Be(before);
        vae.modules().Should().OnlyContain(m => m.training);
        vae.eval();
        _ = vae.Sample(1);
        vae.modules().Should().OnlyContain(m => !m.training);
    }

    [Fact]
    public void Weights_come_back_exactly()
    {
        using var one = Mlp();
        using var other = Mlp();
        one.SaveWeights(_folder["vae.safetensors"]);
        other.LoadWeights(_folder["vae.safetensors"]);
        foreach (var (key, tensor) in one.state_dict())
            tensor.Values().Should().Equal(other.state_dict()[key].Values(), key);
    }

    [Fact]
    public void Weights_of_another_model_are_refused_with_every_difference_and_nothing_changed()
    {
        using var mlp = Mlp();
        using var wider = new Vae(
            new MlpEncoder(12, 3, [7]), new MlpDecoder(3, [5], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));
        wider.SaveWeights(_folder["wider.safetensors"]);
        var before = mlp.state_dict().ToDictionary(p => p.Key, p => p.Value.Values());
        FluentActions.Invoking(() => mlp.LoadWeights(_folder["wider.safetensors"])).Should().Throw<WeightsMismatchException>()
            .WithMessage("*wider.safetensors*missing*encoder.trunk.fc2.weight [6, 7]*wrongly shaped*encoder.head.weight is [6, "
                + "7], the model's [6, 6]*");
        mlp.state_dict().Should().OnlyContain(p => p.Value.Values().SequenceEqual(before[p.Key]));
    }

    [Fact]
    public void Weights_of_another_kind_are_refused()
    {
        using var mlp = Mlp();
        ModelWeights.Save(mlp, _folder["other.safetensors"], "somebody.elses");
        FluentActions.Invoking(() => mlp.LoadWeights(_folder["other.safetensors"]))
            .Should().Throw<SafeTensorsException>().WithMessage("*somebody.elses*vaetoolkit.vae*");
    }

    [Fact]
    public void Text_shows_parts_shapes_and_parameter_counts()
    {
        using var vae = Mlp();
        var expected = 12 * 7 + 7 + (7 * 6) + 6 + (6 * 6) + 6 + (3 * 5) + 5 + (5 * 12) + 12;
        vae.ToString().Split(Environment.NewLine).Should().Equal(
            $"Vae: [12] ↔ 3 latent features, {expected} parameters",
            "  encoder  MlpEncoder 12 → 7 → 6 → 2×3, 181 parameters",
            "  decoder  MlpDecoder 3 → 5 → Bernoulli [12], 92 parameters",
            "  prior    StandardNormalPrior 3, 0 parameters");
    }

    [Fact]
    public void Parts_that_disagree_are_refused()
    {
        FluentActions.Invoking(
            () => new Vae(new MlpEncoder(12, 38, [7]), new MlpDecoder(38, [5], ObservationModel.Bernoulli(12)),
                new StandardNormalPrior(40)))
            .Should().Throw<ArgumentException>().WithMessage("encoder outputs 38 latent features, prior has 40*");
        FluentActions.Invoking(
            () => new Vae(new MlpEncoder(12, 38, [7]), new MlpDecoder(40, [5], ObservationModel.Bernoulli(12)),
                new StandardNormalPrior(38)))
            .Should().Throw<ArgumentException>().WithMessage("encoder outputs 38 latent features, decoder takes 40*");
    }

    [Fact]
    public void Wrong_arguments_are_refused_where_they_enter()
    {
        using var vae = Mlp();
        FluentActions.Invoking(() => vae.Encode(torch.zeros(2, 13))).Should().Throw<ArgumentException>().WithMessage("*[2, 13]*12 values*");
        FluentActions.Invoking(() => vae.Decode(torch.zeros(2, 4))).Should().Throw<ArgumentException>().WithMessage("*[2, 4]*[N, 3]*");
        FluentActions.Invoking(() => vae.Sample(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => vae.Prior.LogProb(torch.zeros(2, 4))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new MlpEncoder(12, 0, [7])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new MlpEncoder(12, 3, [])).Should().Throw<ArgumentException>().WithMessage("*at least one layer*");
        FluentActions.Invoking(() => new ConvEncoder([1, 30, 30], 3))
            .Should().Throw<ArgumentException>().WithMessage("*[1, 30, 30]*divisible by 4*");
        FluentActions.Invoking(() => new ConvDecoder(3, ObservationModel.Bernoulli(784))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new Elbo(new() { Beta = BetaWeight.OnKl(-1) })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Elbo(new() { Samples = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => BetaWarmUp.OverSteps(0)).Should().Throw<ArgumentOutOfRangeException>();
        using var data = new TensorData(torch.full([2, 12], 1.5));
        FluentActions.Invoking(() => Evaluate.NegativeLogLikelihood(vae, data))
            .Should().Throw<ArgumentException>().WithMessage("*[0, 1]*1.5*");
        FluentActions.Invoking(() => Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*K*");
    }

    [Fact]
    public void Moving_to_double_moves_every_part_and_the_prior_samples_there()
    {
        using var vae = Mlp().to(torch.float64);
        vae.Sample(2).dtype.Should().Be(torch.float64);
        vae.Prior.Sample(2).dtype.Should().Be(torch.float64);
    }

    private static Vae Mlp()
        => new(new MlpEncoder(12, 3, [7, 6]), new MlpDecoder(3, [5], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));

    private static Vae Conv(long side)
        => new(new ConvEncoder([1, side, side], 3, [4, 8], 16),
            new ConvDecoder(3, ObservationModel.Bernoulli(1, side, side), [4, 8], 16), new StandardNormalPrior(3));
}
