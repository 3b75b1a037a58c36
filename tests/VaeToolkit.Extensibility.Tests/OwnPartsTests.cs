using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Extensibility.Tests;

public sealed class OwnPartsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(7);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Own_encoder_decoder_prior_and_objective_train_together_and_beat_where_they_started()
    {
        using var data = Counts();
        using var vae = new Vae(new GatedEncoder(), new PoissonDecoder(), new ShiftedPrior());
        var before = Evaluate.NegativeLogLikelihood(vae, data);
        var result = Trainer.Fit(
            vae, new RampedBound(20), data, validation: null, new TrainingOptions { Epochs = 15, BatchSize = 32, LearningRate = 1e-2 });
        var after = Evaluate.NegativeLogLikelihood(vae, data);

        result.Reason.Should().Be(StopReason.Completed);
        result.History[^1].Terms.Should().ContainKeys("error", "weight");
        after.Mean.Should().BeLessThan(before.Mean - 10 * before.StandardError);
        vae.Prior.named_parameters().Should().ContainSingle().Which.parameter.abs().sum().ToDouble()
            .Should().BeGreaterThan(0, "the prior's own weights are found and trained");
    }

    [Fact]
    public void Sampled_divergence_is_used_where_the_prior_has_no_closed_form_and_is_named()
    {
        using var data = Counts();
        using var vae = new Vae(new GatedEncoder(), new PoissonDecoder(), new ShiftedPrior());
        var terms = data.InOrder(8).Select(b => new Elbo().Compute(vae, b).Terms.ToDictionary(t => t.Name, t => t.Read())).First();
        terms.Should().ContainKey("kl_sampled").And.NotContainKey("kl");
    }

    [Fact]
    public void Weights_of_own_parts_are_saved_and_loaded_under_their_registered_names()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "own.safetensors");
        using var data = Counts();
        using var one = new Vae(new GatedEncoder(), new PoissonDecoder(), new ShiftedPrior());
        using var other = new Vae(new GatedEncoder(), new PoissonDecoder(), new ShiftedPrior());
        one.SaveWeights(path);
        other.LoadWeights(path);
        one.state_dict().Keys.Should().Equal(
            "encoder.value.weight", "encoder.value.bias", "encoder.gate.weight", "encoder.gate.bias",
            "encoder.head.weight", "encoder.head.bias",
            "decoder.rate.weight", "decoder.rate.bias", "prior.shift");
        Evaluate.NegativeLogLikelihood(one, data).Mean.Should().Be(Evaluate.NegativeLogLikelihood(other, data).Mean);
    }

    private static TensorData Counts()
    {
        var pattern = torch.arange(16).remainder(4).to(torch.float32) + 0.5;
        var strength = torch.rand(256, 1) * 2;
        using var counts = (strength * pattern + torch.rand(256, 16)).floor();
        return new TensorData(counts);
    }
}
