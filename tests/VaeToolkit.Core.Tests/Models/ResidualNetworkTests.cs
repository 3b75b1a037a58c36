using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Tests.Models;

public sealed class ResidualNetworkTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(11);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(32, 1)]
    [InlineData(64, 1)]
    [InlineData(32, 5)]
    [InlineData(64, 5)]
    public void Pictures_of_32_and_64_pixels_a_side_end_in_maps_of_four_and_are_trained_on(long side, int components)
    {
        var pixels = components == 1 ? ObservationModel.DiscretisedLogistic(3, side, side)
            : ObservationModel.DiscretisedLogisticMixture(components, 3, side, side);
        using var vae = new Vae(new ResidualEncoder([3, side, side], 6), new ResidualDecoder(6, pixels), new StandardNormalPrior(6));
        vae.Encoder.state_dict()["trunk.fc.weight"].shape.Should().Equal(256, 128 * 4 * 4);
        using var batch = new Batch((torch.rand(2, 3, side, side) * 255).round() / 255);
        vae.Encode(batch.Items).Mean.shape.Should().Equal(2, 6);
        vae.Reconstruct(batch.Items).shape.Should().Equal(2, 3, side, side);
        vae.Decode(torch.randn(5, 2, 6)).LogProb(batch.Items).shape.Should().Equal(5, 2);
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
        var losses = Enumerable.Range(0, 4).Select(_ => TrainingLoop.Step(vae, new Elbo(), batch, optimizer).Loss).ToArray();
        losses[^1].Should().BeLessThan(losses[0]);
    }

    [Fact]
    public void A_block_begins_as_the_identity_and_computes_its_formula()
    {
        using var block = new ResidualBlock(4, Activation.ReLU);
        var x = torch.randn(2, 4, 5, 5);
        var before = x.clone();
        block.forward(x).Values().Should().Equal(x.Values());
        using (torch.no_grad())
        {
            foreach (var parameter in block.parameters())
                parameter.copy_(torch.randn_like(parameter));
        }
        var weights = block.state_dict();
        var inner = functional.conv2d(x.clamp_min(0), weights["inner.weight"], weights["inner.bias"], padding: [1, 1]);
        var expected = x + functional.conv2d(inner.clamp_min(0), weights["outer.weight"], weights["outer.bias"]);
        block.forward(x).Values().Should().Equal(expected.Values());
        x.Values().Should().Equal(before.Values(), "the block's input is not changed");
    }

    [Fact]
    public void Before_training_blocks_change_nothing()
    {
        using var plain = new ConvEncoder([3, 8, 8], 3, [4, 6], 5);
        using var residual = new ResidualEncoder([3, 8, 8], 3, [4, 6], blocks: 2, hidden: 5);
        using (torch.no_grad())
        {
            var weights = residual.state_dict();
            foreach (var (name, value) in plain.state_dict())
                weights[name].copy_(value);
        }
        var images = torch.rand(3, 3, 8, 8);
        residual.forward(images).Mean.Values().Should().Equal(plain.forward(images).Mean.Values());
    }

    [Fact]
    public void Gradients_reach_every_weight_and_steps_leave_no_tensor_behind()
    {
        using var vae = new Vae(
            new ResidualEncoder([3, 8, 8], 3, [4, 6], 2, 8),
            new ResidualDecoder(3, ObservationModel.DiscretisedLogisticMixture(3, 3, 8, 8), [4, 6], 2, 8), new StandardNormalPrior(3));
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-2);
        var objective = new Elbo();
        using var batch = new Batch((torch.rand(8, 3, 8, 8) * 255).round() / 255);
        var first = TrainingLoop.Step(vae, objective, batch, optimizer);
        // In the first step a block's inner weights have no gradient: what comes after them is zero.
        TrainingLoop.Step(vae, objective, batch, optimizer);
        vae.named_parameters().Should().OnlyContain(p => p.parameter.grad!.abs().sum().ToDouble() > 0);
        var before = Reference.LiveTensors();
        var last = first;
        for (var step = 0; step < 30; step++)
            last = TrainingLoop.Step(vae, objective, batch, optimizer);
        torch.Tensor.TotalCount.Should().Be(before);
        last.Loss.Should().BeLessThan(first.Loss);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        FluentActions.Invoking(() => new ResidualEncoder([3, 36, 36], 4))
            .Should().Throw<ArgumentException>().WithMessage("*[3, 36, 36]*divisible by 8*");
        FluentActions.Invoking(() => new ResidualEncoder([3, 32, 32], 4, blocks: 0))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*number of residual blocks*");
        FluentActions.Invoking(() => new ResidualDecoder(4, ObservationModel.Bernoulli(784))).Should().Throw<ArgumentException>();
    }
}
