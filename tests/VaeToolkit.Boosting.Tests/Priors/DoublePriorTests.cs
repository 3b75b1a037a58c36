using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Priors;

/// <summary>Models with growing priors in float64.</summary>
public sealed class DoublePriorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(6);
    private readonly string _folder = Directory.CreateTempSubdirectory("vaetoolkit-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData("boosted", true)]
    [InlineData("boosted", false)]
    [InlineData("expanding", true)]
    [InlineData("expanding", false)]
    public void A_float64_model_grows_trains_samples_evaluates_and_saves_however_it_was_moved(string prior, bool parts)
    {
        using var vae = Model(prior, parts);
        var items = torch.rand([20, 6], torch.float64).round();
        using var data = new TensorData(items);
        if (vae.Prior is BoostedPrior boosted)
        {
            boosted.BeginTask(items);
            boosted.AddComponent(items);
        }
        Trainer.Fit(vae, new Elbo(), data, null, new() { Epochs = 1, BatchSize = 10 }).History.Should().ContainSingle();
        (vae.Prior as BoostedPrior)?.EndTask();
        (vae.Prior as ExpandingMixturePrior)?.EndTask();
        vae.Sample(4, seed: 2).dtype.Should().Be(torch.float64);
        double.IsFinite(Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 5 }).Mean).Should().BeTrue();
        vae.SaveWeights(Path.Combine(_folder, "vae.safetensors"));
        using var other = Model(prior, parts);
        other.LoadWeights(Path.Combine(_folder, "vae.safetensors"));
        other.Sample(4, seed: 2).eq(vae.Sample(4, seed: 2)).all().ToBoolean().Should().BeTrue();
    }

    private static Vae Model(string prior, bool parts)
    {
        Encoder encoder = new MlpEncoder(6, 2, [5]);
        Decoder decoder = new MlpDecoder(2, [5], ObservationModel.Bernoulli(6));
        if (parts)
            (encoder, decoder) = (encoder.to(torch.float64), decoder.to(torch.float64));
        VaeToolkit.Prior made = prior == "boosted"
            ? new BoostedPrior(encoder, [6], new() { MaxComponents = 3, Steps = 5, SamplesPerStep = 4 }) : new ExpandingMixturePrior(2, 2);
        var vae = new Vae(encoder, decoder, made);
        return parts ? vae : vae.to(torch.float64);
    }
}
