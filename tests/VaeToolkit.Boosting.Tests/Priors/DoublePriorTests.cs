using TorchSharp;
using VaeToolkit.Boosting.Classification;
using VaeToolkit.Boosting.Continual;
using VaeToolkit.Boosting.Mixtures;
using VaeToolkit.Boosting.Posteriors;
using VaeToolkit.Boosting.Priors;
using VaeToolkit.Boosting.Steps;
using VaeToolkit.Boosting.Strategies;
using VaeToolkit.Data;
using VaeToolkit.Decoders;
using VaeToolkit.Encoders;
using VaeToolkit.Evaluation;
using VaeToolkit.Models;
using VaeToolkit.Objectives;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Priors;

/// <summary>Models with growing priors in float64, what items they take, and what is seen when results are printed.</summary>
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

    [Fact]
    public void Items_in_another_shape_are_refused_by_continual_learning_and_by_classifiers()
    {
        using var vae = new Vae(
            new MlpEncoder(12, 2, [5]), new MlpDecoder(2, [5], PixelLikelihood.Bernoulli(3, 2, 2)), new ExpandingMixturePrior(2, 2));
        using var data = new TensorData(torch.rand(40, 2, 2, 3).round(), torch.arange(40) % 2);
        using var tasks = TaskSequence.OneClassEach(data, data, 2);
        var options = new ContinualOptions { Epochs = 1, WarmUpEpochs = 1, BatchSize = 5 };
        FluentActions.Invoking(() => ContinualTrainer.Run(vae, tasks, [new ExpandingMixture(), new GeneratorRegularisation()], options))
            .Should().Throw<Exception>().WithMessage("*must be [N, 3, 2, 2]*");
        var network = new ClassifierNetwork([1, 12, 12], [2], [4], classes: 2);
        FluentActions.Invoking(() => network.Logits(torch.zeros(3, 12, 12, 1), network.InitialWeights()))
            .Should().Throw<ArgumentException>().WithMessage("*must be [N, 1, 12, 12]*another order*");
        using var mixture = new NormalMixture(new DiagonalComponents(
            torch.zeros(1, network.Size), torch.zeros(1, network.Size)), [1.0]);
        using var predictor = new NetworkPredictor(network, mixture, samples: 1);
        FluentActions.Invoking(() => predictor.Probabilities(torch.full([2, 144], float.NaN)))
            .Should().Throw<ArgumentException>().WithMessage("*NaN*item 0*");
        FluentActions.Invoking(() => predictor.Probabilities(torch.zeros([0, 144])))
            .Should().Throw<ArgumentException>().WithMessage("*at least one item*");
        FluentActions.Invoking(() => network.Logits(torch.zeros([3, 144], torch.float64), network.InitialWeights()))
            .Should().Throw<InvalidOperationException>().Which.Message.Should().NotContain("\n").And.Contain("float64");
    }

    [Fact]
    public void Entropies_and_densities_of_long_vectors_are_exact()
    {
        const long Size = 200_000;
        var components = new DiagonalComponents(torch.zeros(1, Size), torch.full([1, Size], 1 / 3f));
        var right = 0.5 * Size * ((1 / 3f) + 1 + Math.Log(2 * Math.PI));
        components.Entropy().ToDouble().Should().BeApproximately(right, 1.2e-7 * right);
        var density = components.LogDensities(torch.full([1, Size], 0.7f), torch.zeros(1)).ToDouble();
        var exact = -0.5 * Size * ((0.7f * 0.7f * Math.Exp(-1 / 3f)) + (1 / 3f) + Math.Log(2 * Math.PI));
        density.Should().BeApproximately(exact, 3e-7 * -exact);
    }

    [Fact]
    public void Results_print_their_figures()
    {
        new IncrementalAccuracy(0.5, [0.25, 0.75]).ToString().Should().Be("accuracy 0.5000; by task 0.2500, 0.7500");
        GeneratedDiversity.OfCounts([3, 5], [0, 1]).ToString().Should().StartWith("diversity ").And.EndWith("counts 3, 5");
        using var mixture = new NormalMixture(new DiagonalComponents(torch.zeros(2, 3), torch.zeros(2, 3)), [0.25, 0.75]);
        mixture.ToString().Should().Be(
            "mixture of 2 DiagonalComponents in 3 dimensions, effective components 1.75, weights 0.2500, 0.7500");
        var report = new BoostingReport
        {
            Component = 2,
            Accepted = true,
            Objective = 1,
            Entropy = 2,
            Weight = 0.5,
            EffectiveComponents = 2,
        };
        new MpviResult(mixture, [report]).ToString().Should().Be($"{mixture}{Environment.NewLine}  {report}");
        new BoostingOutcome(null, null, null, report).ToString().Should().Be($"no candidate joined; {report}");
    }

    [Fact]
    public void A_byte_order_mark_before_the_record_of_finished_tasks_is_read_over()
    {
        var path = Path.Combine(_folder, "continual.json");
        var record = new ContinualRecord(2, ["0"], ["data"], "prior", ["none"], "settings", [[1.5]], [2]);
        record.Save(path);
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(path)]);
        ContinualRecord.Find(path)!.Matrix.Should().ContainSingle().Which.Should().Equal(1.5);
    }

    private static Vae Model(string prior, bool parts)
    {
        Encoder encoder = new MlpEncoder(6, 2, [5]);
        Decoder decoder = new MlpDecoder(2, [5], PixelLikelihood.Bernoulli(6));
        if (parts)
            (encoder, decoder) = (encoder.to(torch.float64), decoder.to(torch.float64));
        VaeToolkit.Priors.Prior made = prior == "boosted"
            ? new BoostedPrior(encoder, [6], new() { MaxComponents = 3, Steps = 5, SamplesPerStep = 4 }) : new ExpandingMixturePrior(2, 2);
        var vae = new Vae(encoder, decoder, made);
        return parts ? vae : vae.to(torch.float64);
    }
}
