using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

/// <summary>Values that PyTorch computed from the same weights, inputs and noise (tests/fixtures/pytorch/vae_fixtures.py).</summary>
public sealed class PyTorchParityTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private const long NoiseSeed = 42;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("mlp")]
    [InlineData("conv")]
    public void Posterior_and_logits_are_pytorchs(string family)
    {
        using var fixture = Read(family);
        using var vae = Load(family, fixture);
        var q = (VaeToolkit.DiagonalNormal)vae.Encode(fixture["x"]);
        Same(q.Mean, fixture["posterior/mean"]);
        Same(q.LogVariance, fixture["posterior/log_variance"]);
        using var seed = SeedScope.Begin(NoiseSeed);
        // The same stream: the last digits are the processor's.
        Same(torch.randn([1, 6, 5]), fixture["noise"]);
        using var again = SeedScope.Begin(NoiseSeed);
        Same(q.RSample(), fixture["z"]);
        var likelihood = (VaeToolkit.BernoulliLikelihood)vae.Decode(fixture["z"]);
        Same(likelihood.Logits.reshape(6, -1), fixture["logits"]);
    }

    [Theory]
    [InlineData("mlp", "beta1", 1.0)]
    [InlineData("mlp", "beta0.5", 0.5)]
    [InlineData("conv", "beta1", 1.0)]
    [InlineData("conv", "beta0.5", 0.5)]
    public void Loss_terms_and_gradient_norms_are_pytorchs(string family, string key, double beta)
    {
        using var fixture = Read(family);
        using var vae = Load(family, fixture);
        using var batch = new Batch(fixture["x"].clone());
        using var seed = SeedScope.Begin(NoiseSeed);
        var result = new Elbo(new() { Beta = BetaWeight.OnKl(beta) }).Compute(vae, batch);
        Near(result.Loss.ToDouble(), fixture[$"{key}/loss"].ToDouble());
        var terms = result.Terms.ToDictionary(t => t.Name, t => t.Read());
        Near(-terms["reconstruction"], fixture[$"{key}/reconstruction"].ToDouble());
        Near(terms["kl"], fixture[$"{key}/kl"].ToDouble());
        result.Loss.backward();
        foreach (var (name, parameter) in vae.named_parameters())
            Near(parameter.grad!.norm().ToDouble(), fixture[$"{key}/grad_norm/{name}"].ToDouble());
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("conv")]
    public void Importance_sampled_likelihood_is_pytorchs(string family)
    {
        using var fixture = Read(family);
        using var vae = Load(family, fixture);
        using var data = new TensorData(fixture["x"]);
        var estimate = Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 64, ChunkSize = 64, Seed = NoiseSeed + 1 });
        Near(estimate.Mean, fixture["nll"].Values().Average());
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("conv")]
    public void Twenty_steps_of_training_lose_what_pytorch_loses(string family)
    {
        using var fixture = Read(family);
        using var vae = Load(family, fixture);
        using var batch = new Batch(fixture["x"].clone());
        using var optimizer = new FusedAdam(vae.parameters(), 1e-3);
        var elbo = new Elbo();
        var losses = Enumerable.Range(0, 20).Select(step =>
        {
            using var seed = SeedScope.Begin(NoiseSeed + step);
            return TrainingLoop.Step(vae, elbo, batch, optimizer).Loss;
        }).ToArray();
        losses.Zip(fixture["adam/loss"].Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-4 * p.Second, "float32 differences grow over the steps");
    }

    private static SafeTensorsFile Read(string family)
        => SafeTensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", $"vae-{family}.safetensors"));

    private static Vae Load(string family, SafeTensorsFile fixture)
    {
        var prior = new StandardNormalPrior(5);
        var vae = family == "mlp"
            ? new Vae(new MlpEncoder(12, 5, [16, 16]), new MlpDecoder(5, [16, 16], ObservationModel.Bernoulli(12)), prior)
            : new Vae(
                new ConvEncoder([1, 28, 28], 5, [4, 8], 16), new ConvDecoder(5, ObservationModel.Bernoulli(1, 28, 28), [4, 8], 16), prior);
        var state = vae.state_dict();
        state.Keys.Should().BeEquivalentTo(
            fixture.Tensors.Keys.Where(k => k.StartsWith("weight/", StringComparison.Ordinal)).Select(k => k["weight/".Length..]));
        using var noGradient = torch.no_grad();
        foreach (var (key, tensor) in state)
            tensor.copy_(fixture[$"weight/{key}"]);
        return vae;
    }

    private static void Same(torch.Tensor ours, torch.Tensor theirs)
    {
        ours.shape.Should().Equal(theirs.shape);
        ours.Values().Zip(theirs.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < Tolerance * (1 + Math.Abs(p.Second)));
    }

    private static void Near(double ours, double theirs) => ours.Should().BeApproximately(theirs, Tolerance * Math.Abs(theirs));
}
