using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

/// <summary>Models in float64, and what <see cref="Vae.Sample"/> takes.</summary>
public sealed class DoubleModelTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var prior in new[] { "standard", "learned", "mixture", "vamp", "weighted vamp", "flow" })
            {
                cases.Add(prior, false);
                cases.Add(prior, true);
            }
            return cases;
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_float64_model_samples_trains_evaluates_and_saves_whether_it_was_moved_whole_or_in_parts(string prior, bool parts)
    {
        using var vae = Model(prior, parts);
        using var data = new TensorData(torch.rand([20, 6], torch.float64).round());
        vae.Sample(3).dtype.Should().Be(torch.float64);
        vae.parameters().Select(parameter => parameter.dtype).Should().AllBeEquivalentTo(torch.float64);
        vae.Sample(3, seed: 1, draws: true).dtype.Should().Be(torch.float64);
        Trainer.Fit(vae, new Elbo(), data, data, new() { Epochs = 1, BatchSize = 10 }).History.Should().ContainSingle();
        Trainer.Fit(vae, new Iwae(3), data, null, new() { Epochs = 1, BatchSize = 10 }).History.Should().ContainSingle();
        vae.Reconstruct(torch.rand([2, 6], torch.float64)).dtype.Should().Be(torch.float64);
        double.IsFinite(Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 20 }).Mean).Should().BeTrue();
        double.IsFinite(Evaluate.Reconstruction(vae, data).AtMean.SquaredError).Should().BeTrue();
        double.IsFinite(Evaluate.MarginalKl(vae, data, new() { Samples = 40 }).MarginalKl).Should().BeTrue();
        Evaluate.ActiveUnits(vae, data).Items.Should().Be(20);
        double.IsFinite(Evaluate.AnnealedImportanceSampling(vae, data, new() { Chains = 2, Temperatures = 3 }).Mean).Should().BeTrue();
        LatentPictures.Map2D(vae, side: 3).dtype.Should().Be(torch.float64);
        vae.SaveWeights(_folder["vae.safetensors"]);
        using var other = Model(prior, parts);
        other.LoadWeights(_folder["vae.safetensors"]);
        other.Sample(4, seed: 7).Values().Should().Equal(vae.Sample(4, seed: 7).Values());
    }

    [Fact]
    public void Pseudo_inputs_that_are_given_keep_their_digits_in_float64()
    {
        using var encoder = new MlpEncoder(6, 2, [5]);
        encoder.to(torch.float64);
        var given = torch.full([3, 6], 1.0 / 3, torch.float64);
        using var vamp = new VampPrior(encoder, [6], 3, new() { InitialInputs = given });
        vamp.PseudoInputs().Values().Should().AllBeEquivalentTo(1.0 / 3);
    }

    [Fact]
    public void Samples_follow_a_seed_and_leave_the_callers_random_numbers_alone()
    {
        using var vae = Model("standard", parts: false);
        var before = torch.get_rng_state().bytes.ToArray();
        vae.Sample(5, seed: 9).Values().Should().Equal(vae.Sample(5, seed: 9).Values());
        vae.Sample(5, seed: 9).Values().Should().NotEqual(vae.Sample(5, seed: 10).Values());
        vae.Sample(5, seed: 9, draws: true).Values().Should().Equal(vae.Sample(5, seed: 9, draws: true).Values());
        torch.get_rng_state().bytes.ToArray().Should().Equal(before);
        vae.Sample(5).Values().Should().NotEqual(vae.Sample(5).Values(), "without a seed the caller's generator goes on");
    }

    [Fact]
    public void Draws_are_of_the_likelihood_whose_means_the_same_seed_gives()
    {
        using var vae = Model("standard", parts: false);
        const int Count = 4000;
        var (means, draws) = (vae.Sample(Count, seed: 2), vae.Sample(Count, seed: 2, draws: true));
        draws.Values().Should().OnlyContain(value => value == 0 || value == 1);
        means.Values().Should().Contain(value => value > 0 && value < 1);
        // Bernoulli draws of the very means: 24 000 values, standard error at most 0.0033.
        draws.mean().ToDouble().Should().BeApproximately(means.mean().ToDouble(), 4 * 0.0033);
    }

    [Fact]
    public void Every_items_own_likelihood_is_kept_where_it_is_asked_for()
    {
        using var vae = Model("standard", parts: false);
        using var data = new TensorData(torch.rand([23, 6], torch.float64).round());
        var options = new ImportanceOptions { Samples = 30, BatchSize = 5, Seed = 4 };
        Evaluate.NegativeLogLikelihood(vae, data, options).PerItem.Should().BeNull();
        var kept = Evaluate.NegativeLogLikelihood(vae, data, options with { KeepPerItem = true });
        kept.PerItem.Should().HaveCount(23);
        kept.PerItem!.Average().Should().BeApproximately(kept.Mean, 1e-12);
        using var first = data.First(5);
        Evaluate.NegativeLogLikelihood(vae, first, options with { KeepPerItem = true }).PerItem
            .Should().Equal(kept.PerItem!.Take(5), "they are in stored order");
        var annealed = Evaluate.AnnealedImportanceSampling(vae, data, new() { Chains = 2, Temperatures = 3, KeepPerItem = true });
        annealed.PerItem!.Average().Should().BeApproximately(annealed.Mean, 1e-12);
    }

    private static Vae Model(string prior, bool parts)
    {
        Encoder encoder = new MlpEncoder(6, 2, [5]);
        Decoder decoder = new MlpDecoder(2, [5], ObservationModel.Bernoulli(6));
        if (parts)
            (encoder, decoder) = (encoder.to(torch.float64), decoder.to(torch.float64));
        Prior made = prior switch
        {
            "standard" => new StandardNormalPrior(2),
            "learned" => new LearnedNormalPrior(2),
            "mixture" => new MixtureOfGaussiansPrior(2, 3),
            "vamp" => new VampPrior(encoder, [6], 3),
            "weighted vamp" => new VampPrior(encoder, [6], 3, new() { LearnWeights = true }),
            _ => new RealNvpPrior(2, 2, [4]),
        };
        var vae = new Vae(encoder, decoder, parts && made is not (StandardNormalPrior or VampPrior) ? made.to(torch.float64) : made);
        return parts ? vae : vae.to(torch.float64);
    }
}
