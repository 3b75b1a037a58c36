using TorchSharp;
using VaeToolkit.Boosting.Tests.Continual;
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
        sum.EncoderPart(stored, EncodedComponents.Of(model.Encoder, stored.PseudoInputs!)).ToDouble().Should().Be(0);
        Perturb(model);
        var draws = Enumerable.Range(0, 200)
            .Select(_ => sum.EncoderPart(stored, EncodedComponents.Of(model.Encoder, stored.PseudoInputs!)).ToDouble()).ToArray();
        draws.Average().Should().BeGreaterThan(0);
        using var once = SeedScope.Begin(1);
        var whole = sum.EncoderPart(stored, EncodedComponents.Of(model.Encoder, stored.PseudoInputs!)).ToDouble();
        using var again = SeedScope.Begin(1);
        mean.EncoderPart(stored, EncodedComponents.Of(model.Encoder, stored.PseudoInputs!)).ToDouble()
            .Should().BeApproximately(whole / stored.Components.Count, 1e-5 * Math.Abs(whole));
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
            strategy.DecoderPart(stored, model.Decode(GeneratorRegularisation.Codes(stored))).ToDouble()
                .Should().BeApproximately(ByHand(), 1e-4);

        double ByHand()
        {
            using var seed = SeedScope.Begin(5);
            var deviations = (stored.Components.LogVariances.clamp(-5, -2) * 0.5).exp();
            var z = stored.Components.Means + deviations * torch.randn([stored.Components.Count, 1L, 2L]).squeeze(1);
            var (p, q) = (model.Decode(z).Mean.Values(), pictures.Values());
            return p.Select((_, i) => stored.Weights[i / 6]
                * (p[i] * Math.Log((p[i] + 1e-5) / (q[i] + 1e-5)) + (1 - p[i]) * Math.Log((1 - p[i] + 1e-5) / (1 - q[i] + 1e-5)))).Sum();
        }
    }

    [Fact]
    public void Normal_pixels_are_held_by_the_closed_form_with_the_variances_of_then()
    {
        using var model = Normals(ObservationModel.LearnedGaussian(6));
        using var strategy = new GeneratorRegularisation();
        Learn(model, new PriorBoosting());
        strategy.TaskBegins(Second(model));
        model.eval();
        var stored = GeneratorRegularisation.StoredOf(model)!;
        var then = model.Decode(stored.Components.Means);
        var (means, variances) = (then.Mean.Values(), then.Variance.Values());
        Perturb(model);
        double found;
        using (SeedScope.Begin(5))
            found = strategy.DecoderPart(stored, model.Decode(GeneratorRegularisation.Codes(stored))).ToDouble();
        using var seed = SeedScope.Begin(5);
        var deviations = (stored.Components.LogVariances.clamp(-5, -2) * 0.5).exp();
        var now = model.Decode(stored.Components.Means + deviations * torch.randn([stored.Components.Count, 1L, 2L]).squeeze(1));
        var (m, v) = (now.Mean.Values(), now.Variance.Values());
        v.Should().NotEqual(variances);
        var byHand = m.Select((_, i) =>
            stored.Weights[i / 6] * 0.5 * (Math.Log(variances[i] / v[i]) + (v[i] + Math.Pow(m[i] - means[i], 2)) / variances[i] - 1)).Sum();
        found.Should().BeApproximately(byHand, 1e-4 * byHand);
        strategy.Penalty(model)!.backward();
        model.Decoder.parameters().Should().OnlyContain(parameter => parameter.grad!.abs().sum().ToDouble() > 0);
    }

    [Fact]
    public void With_one_fixed_variance_the_divergence_is_the_squared_distance_over_it_twice()
    {
        using var model = Normals(ObservationModel.Gaussian(0.25, 6));
        using var strategy = new GeneratorRegularisation();
        Learn(model, new PriorBoosting());
        strategy.TaskBegins(Second(model));
        model.eval();
        var stored = GeneratorRegularisation.StoredOf(model)!;
        var means = strategy.SaveState()["decodings"].Values();
        // A state of before variances were kept: they are had again from the networks.
        using var old = new GeneratorRegularisation();
        old.LoadState(new Dictionary<string, torch.Tensor> { ["decodings"] = strategy.SaveState()["decodings"] });
        old.TaskBegins(Second(model));
        Perturb(model);
        var found = new[] { strategy, old }.Select(
            one => Seeded(() => one.DecoderPart(stored, model.Decode(GeneratorRegularisation.Codes(stored))).ToDouble())).ToArray();
        var pictures = Seeded(() => model.Decode(
            stored.Components.Means + (stored.Components.LogVariances.clamp(-5, -2) * 0.5).exp()
                * torch.randn([stored.Components.Count, 1L, 2L]).squeeze(1)).Mean.Values());
        var byHand = pictures.Select((pixel, i) => stored.Weights[i / 6] * Math.Pow(pixel - means[i], 2) / (2 * 0.25)).Sum();
        found.Should().OnlyContain(value => Math.Abs(value - byHand) < 1e-4 * byHand);

        static T Seeded<T>(Func<T> draw)
        {
            using var seed = SeedScope.Begin(5);
            return draw();
        }
    }

    [Fact]
    public void Pixels_of_another_kind_are_named_before_the_first_task()
    {
        using var model = Normals(ObservationModel.Laplace(0.5, 6));
        using var strategy = new GeneratorRegularisation();
        using var first = Stripes.Tasks(1);
        FluentActions.Invoking(() => strategy.TaskBegins(new(model, first.Tasks[0], 0, Stripes.Options)))
            .Should().Throw<ArgumentException>().WithMessage("*LaplaceLikelihood*BernoulliLikelihood*GaussianLikelihood*");
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
        var posterior = (DiagonalNormal)model.Encode(pictures);
        var wanted = new DiagonalNormal(stored.Components.Means, stored.Components.LogVariances)
            .KlTo(posterior).mean().ToDouble();
        strategy.EncoderPart(stored, EncodedComponents.Of(model.Encoder, strategy.Held(model)!.Inputs)).ToDouble()
            .Should().BeApproximately(wanted, 1e-5);
        using (SeedScope.Begin(5))
        {
            var parts = strategy.DecoderPart(stored, model.Decode(GeneratorRegularisation.Codes(stored))).ToDouble() + wanted;
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
        FluentActions.Invoking(() => regularisation.TaskBegins(stage))
            .Should().Throw<ArgumentException>().WithMessage("*StandardNormalPrior*BoostedPrior*");
        FluentActions.Invoking(() => boosting.TaskBegins(stage)).Should().Throw<ArgumentException>().WithMessage("*StandardNormalPrior*");
        FluentActions.Invoking(() => mixture.TaskBegins(stage)).Should().Throw<ArgumentException>().WithMessage("*StandardNormalPrior*");
        FluentActions.Invoking(() => heads.TaskBegins(stage)).Should().Throw<ArgumentException>().WithMessage("*MlpEncoder*has heads*");
        FluentActions.Invoking(() => new GeneratorRegularisation(0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*ε*");
        FluentActions.Invoking(() => new PriorBoosting(new() { EpochsPerComponent = 0 })).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static Vae Normals(ObservationModel pixels)
    {
        var encoder = new MlpEncoder(6, 2, [8]);
        return new(encoder, new MlpDecoder(2, [8], pixels),
            new BoostedPrior(encoder, [6], new() { MaxComponents = 3, Steps = 5, SamplesPerStep = 4, LearningRate = 0.05 }));
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
