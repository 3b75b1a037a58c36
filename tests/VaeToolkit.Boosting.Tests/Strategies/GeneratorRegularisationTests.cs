using TorchSharp;
using VaeToolkit.Boosting.Continual;
using VaeToolkit.Boosting.Priors;
using VaeToolkit.Boosting.Strategies;
using VaeToolkit.Boosting.Tests.Continual;
using VaeToolkit.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Strategies;

public sealed class GeneratorRegularisationTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(12);
    private readonly TaskSequence _tasks = Stripes.Tasks(2);

    public void Dispose()
    {
        _tasks.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void The_encoder_s_part_is_zero_right_after_a_task_and_grows_with_the_weights_distance()
    {
        using var model = Stripes.BoostedModel();
        using var sum = new GeneratorRegularisation();
        using var mean = new GeneratorRegularisation(scale: EncoderScale.Mean);
        Learn(model, new PriorBoosting());
        sum.TaskBegins(Second(model));
        model.eval();
        var stored = GeneratorRegularisation.StoredOf(model)!;
        sum.EncoderPart(model, stored).ToDouble().Should().Be(0);
        Perturb(model);
        var draws = Enumerable.Range(0, 200).Select(_ => sum.EncoderPart(model, stored).ToDouble()).ToArray();
        draws.Average().Should().BeGreaterThan(0);
        using var once = SeedScope.Begin(1);
        var whole = sum.EncoderPart(model, stored).ToDouble();
        using var again = SeedScope.Begin(1);
        mean.EncoderPart(model, stored).ToDouble().Should().BeApproximately(whole / stored.Components.Count, 1e-5 * Math.Abs(whole));
    }

    [Fact]
    public void The_decoder_s_part_is_the_weighted_divergence_from_the_stored_pictures()
    {
        using var model = Stripes.BoostedModel();
        using var strategy = new GeneratorRegularisation();
        Learn(model, new PriorBoosting());
        strategy.TaskBegins(Second(model));
        model.eval();
        var stored = GeneratorRegularisation.StoredOf(model)!;
        stored.Weights.Sum().Should().BeApproximately(1, 1e-9);
        using var pictures = model.Decode(stored.Components.Means).Mean;
        strategy.SaveState()["decodings"].Values().Should().Equal(pictures.Values());
        using (SeedScope.Begin(5))
            strategy.DecoderPart(model, stored).ToDouble().Should().BeApproximately(ByHand(), 1e-4);

        double ByHand()
        {
            using var seed = SeedScope.Begin(5);
            var deviations = (stored.Components.LogVariances.clamp(-5, -2) * 0.5).exp();
            var z = stored.Components.Means + deviations * torch.randn([stored.Components.Count, 1L, 2L]).squeeze(1);
            var (p, q) = (model.Decode(z).Mean.Values(), pictures.Values());
            return p.Select((_, i) => stored.Weights[i / 6] * (p[i] * Math.Log((p[i] + 1e-5) / (q[i] + 1e-5)) + (1 - p[i]) * Math.Log((1 - p[i] + 1e-5) / (1 - q[i] + 1e-5)))).Sum();
        }
    }

    [Fact]
    public void An_expanding_mixture_s_components_are_held_to_the_encodings_of_their_pictures()
    {
        using var model = Stripes.Model(_ => new ExpandingMixturePrior(2, 3));
        using var strategy = new GeneratorRegularisation(weight: 2);
        Learn(model, new ExpandingMixture());
        strategy.Penalty(model).Should().BeNull("nothing is remembered yet");
        strategy.TaskBegins(Second(model));
        model.eval();
        var stored = GeneratorRegularisation.StoredOf(model)!;
        var pictures = model.Decode(stored.Components.Means).Mean;
        var posterior = (Distributions.DiagonalNormal)model.Encode(pictures);
        var wanted = new Distributions.DiagonalNormal(stored.Components.Means, stored.Components.LogVariances).KlTo(posterior).mean().ToDouble();
        strategy.EncoderPart(model, stored).ToDouble().Should().BeApproximately(wanted, 1e-5);
        using (SeedScope.Begin(5))
        {
            var parts = strategy.DecoderPart(model, stored).ToDouble() + wanted;
            using var again = SeedScope.Begin(5);
            strategy.Penalty(model)!.ToDouble().Should().BeApproximately(2 * parts, 1e-4);
        }
    }

    [Fact]
    public void It_keeps_the_modes_of_the_model_and_reaches_both_networks()
    {
        using var model = Stripes.BoostedModel();
        using var strategy = new GeneratorRegularisation();
        Learn(model, new PriorBoosting());
        strategy.TaskBegins(Second(model));
        Perturb(model);
        model.train();
        strategy.Penalty(model)!.backward();
        model.training.Should().BeTrue();
        model.parameters().Should().OnlyContain(parameter => parameter.grad!.abs().sum().ToDouble() > 0);
    }

    [Fact]
    public void A_model_whose_prior_does_not_fit_is_named_before_training()
    {
        using var plain = Stripes.Model();
        var stage = Second(plain);
        using var regularisation = new GeneratorRegularisation();
        using var boosting = new PriorBoosting();
        using var mixture = new ExpandingMixture();
        using var heads = new MultiHead();
        FluentActions.Invoking(() => regularisation.TaskBegins(stage)).Should().Throw<ArgumentException>().WithMessage("*StandardNormalPrior*BoostedPrior*");
        FluentActions.Invoking(() => boosting.TaskBegins(stage)).Should().Throw<ArgumentException>().WithMessage("*StandardNormalPrior*");
        FluentActions.Invoking(() => mixture.TaskBegins(stage)).Should().Throw<ArgumentException>().WithMessage("*StandardNormalPrior*");
        FluentActions.Invoking(() => heads.TaskBegins(stage)).Should().Throw<ArgumentException>().WithMessage("*MlpEncoder*has heads*");
        FluentActions.Invoking(() => new GeneratorRegularisation(0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*ε*");
        FluentActions.Invoking(() => new PriorBoosting(new() { EpochsPerComponent = 0 })).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static void Learn(Vae model, ContinualStrategy strategy)
    {
        using var tasks = Stripes.Tasks(1);
        ContinualTrainer.Run(model, tasks, [strategy], Stripes.Options);
    }

    private ContinualStage Second(Vae model) => new(model, _tasks.Tasks[1], 1, Stripes.Options);

    private static void Perturb(Vae model)
    {
        using var noGradient = torch.no_grad();
        foreach (var parameter in model.parameters())
            parameter.add_(torch.randn_like(parameter) * 0.3);
    }
}
