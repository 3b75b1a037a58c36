using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

namespace Documentation.Pages;

#region
internal sealed class GatedEncoder : Encoder, IDescribedPart
{
    private readonly long _inputs;
    private readonly Linear _value;
    private readonly Linear _gate;
    private readonly DiagonalNormalHead _head;                  // a linear layer to 2 Z numbers

    public GatedEncoder(long inputs, long latents)
        : base(nameof(GatedEncoder))
    {
        (_inputs, LatentSize) = (inputs, latents);
        (_value, _gate) = (Linear(inputs, 64), Linear(inputs, 64));
        _head = new(64, latents, new LogVarianceRange());
        register_module("value", _value);
        register_module("gate", _gate);
        register_module("head", _head.Linear);
    }

    public override long LatentSize { get; }

    public override Posterior forward(torch.Tensor input)
    {
        var flat = Shape.Flat(input, _inputs, nameof(input));   // [N, D]
        return _head.Posterior(_value.forward(flat).tanh() * _gate.forward(flat).sigmoid());
    }

    // For model folders, copies and frozen models.
    public PartDescription Describe() => new PartDescription("gated-encoder").With("inputs", _inputs).With("latents", LatentSize);

    // For ONNX.
    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        var flat = items.Reshape(NetworkGraph.Batch, _inputs);
        return _head.WriteTo(graph, graph.Layer(_value, flat).Tanh() * graph.Layer(_gate, flat).Sigmoid());
    }
}
#endregion

internal static class OwnEncoderPage
{
    public static TrainingResult Train()
    {
        #region
        using var seed = SeedScope.Begin(1);
        using var digits = ImageData.SyntheticDigits(1000, 200, seed: 1);
        using var vae = new Vae(
            new GatedEncoder(784, 10), new MlpDecoder(10, [128], ObservationModel.Bernoulli(784)), new StandardNormalPrior(10));
        var result = Trainer.Fit(vae, new Elbo(), digits, digits.Test, new() { Epochs = 5, BatchSize = 50 });
        Console.WriteLine(result);
        #endregion
        return result;
    }

    public static void Register()
    {
        #region
        ModelParts.Register("gated-encoder", options => new GatedEncoder(options.WholeNumber("inputs"), options.WholeNumber("latents")));
        #endregion
    }
}

#region
public sealed class GatedEncoderTests
{
    [Fact]
    public void Every_item_has_a_posterior_that_scores_its_K_draws()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var encoder = new GatedEncoder(784, 10);
        var posterior = encoder.forward(torch.rand(5, 1, 28, 28));
        var (z, logProb) = posterior.RSampleAndLogProb(samples: 3);
        Assert.Equal([5, 10], posterior.Mean.shape);
        Assert.Equal([3, 5, 10], z.shape);
        Assert.Equal([3, 5], logProb.shape);
        Assert.True(torch.allclose(logProb, posterior.LogProb(z), rtol: 1e-4, atol: 1e-4));
    }

    [Fact]
    public void An_item_is_encoded_the_same_in_any_batch_and_any_shape()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var encoder = new GatedEncoder(784, 10);
        var items = torch.rand(5, 1, 28, 28);
        var alone = encoder.forward(items.narrow(0, 2, 1).flatten(1)).Mean;
        Assert.True(torch.allclose(encoder.forward(items).Mean.narrow(0, 2, 1), alone, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void A_gradient_reaches_every_parameter_through_the_draws()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var encoder = new GatedEncoder(784, 10);
        encoder.forward(torch.rand(5, 784)).RSample().square().sum().backward();
        Assert.All(encoder.named_parameters(), p => Assert.True(p.parameter.grad?.abs().sum().ToDouble() > 0, p.name));
    }
}
#endregion
