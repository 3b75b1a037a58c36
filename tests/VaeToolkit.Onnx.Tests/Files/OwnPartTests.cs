using Documentation.Pages;
using TorchSharp;
using static TorchSharp.torch;

namespace VaeToolkit.Onnx.Tests.Files;

/// <summary>The parts that the documentation's pages write, as files that ONNX Runtime runs beside TorchSharp.</summary>
public sealed class OwnPartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Encoder_likelihood_decoder_and_prior_of_the_pages_answer_as_TorchSharp_does()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var prior = new LaplacePrior(3);
        using var vae = new Vae(new GatedEncoder(6, 3), new NormalisedDecoder(3, new PoissonObservations(2, 3)), prior);
        using var noGradient = no_grad();
        foreach (var parameter in vae.parameters())
            parameter.add_(randn_like(parameter) * 0.1);
        vae.ExportOnnx(_folder["own"]);

        var items = poisson(ones(Agreement.Items, 2, 3));
        var posterior = (DiagonalNormal)vae.Encode(items);
        Require("encoder", new() { ["x"] = items }, new() { ["mean"] = posterior.Mean, ["log_variance"] = posterior.LogVariance });
        var z = randn(Agreement.Items, 3);
        var rate = vae.Decode(z).Mean;
        Require("decoder", new() { ["z"] = z }, new() { ["mean"] = rate, ["log_rate"] = rate.log() });
        var noise = empty(Agreement.Items, 6).exponential_();
        var drawn = (noise.narrow(1, 0, 3) - noise.narrow(1, 3, 3)) * prior.get_parameter("log_scale")!.exp();
        Require("sampler", new() { ["noise"] = noise }, new() { ["z"] = drawn, ["mean"] = vae.Decode(drawn).Mean });
    }

    private void Require(string network, Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> expected)
        => Agreement.Require(Path.Combine(_folder["own"], $"{network}.onnx"), inputs, expected);
}
