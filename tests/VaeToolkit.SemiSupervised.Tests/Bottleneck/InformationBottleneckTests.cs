using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Bottleneck;

public sealed class InformationBottleneckTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly List<TensorData> _owned = [];

    public void Dispose()
    {
        _owned.ForEach(data => data.Dispose());
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void With_equal_views_and_beta_one_the_loss_is_the_autoencoders()
    {
        var x = torch.rand(6, 5);
        var (encoder, decoder, prior) = (new MlpEncoder(5, 2, [4]),
            new MlpDecoder(2, [4], ObservationModel.Bernoulli(5)), new StandardNormalPrior(2));
        using var vae = new Vae(encoder, decoder, prior);
        using var bottleneck = new InformationBottleneck(encoder, decoder, prior, 5);
        using var batch = new Batch(x.clone());
        using var views = TwoViews.Of(x, x);
        double elbo, loss;
        using (SeedScope.Begin(8))
            elbo = new Elbo().Compute(vae, batch).Loss.ToDouble();
        using (SeedScope.Begin(8))
            loss = views.InOrder(6).Select(b => new BottleneckObjective().Compute(bottleneck, b).Loss.ToDouble()).Single();
        loss.Should().BeApproximately(elbo, 1e-6);
    }

    [Fact]
    public void Weight_on_the_reconstruction_is_the_inverse_of_the_weight_on_the_rate()
    {
        using var model = Classifier();
        using var pairs = Classes(40);
        var (onInformation, onRate) = (Loss(model, pairs, BetaWeight.OnReconstruction(4)), Loss(model, pairs, BetaWeight.OnKl(0.25)));
        onInformation.Should().BeApproximately(4 * onRate, 1e-4);
    }

    [Fact]
    public void Information_is_never_above_the_entropy_nor_above_the_rate()
    {
        using var model = Classifier();
        using var pairs = Classes(900);
        var curve = InformationPlane.Trace(model, pairs, pairs, new()
        {
            Betas = [BetaWeight.OnKl(0.02), BetaWeight.OnKl(0.1), BetaWeight.OnKl(0.5), BetaWeight.OnKl(5)],
            FirstEpochs = 15,
            Training = new() { Epochs = 30, BatchSize = 100, LearningRate = 5e-3 },
        });
        foreach (var (_, point) in curve.Points)
        {
            point.TargetEntropy.Should().BeApproximately(Math.Log(3), 1e-9);
            point.Information.Should().BeLessThanOrEqualTo(point.TargetEntropy!.Value).And
                .BeLessThan(point.Rate + 4 * (point.RateStandardError + point.LogLikelihoodStandardError));
        }
        curve.Points[0].Point.Information.Should().BeGreaterThan(0.9, "three classes that stand apart are learned");
        curve.Points.Select(p => p.Point.Rate).Should().BeInDescendingOrder();
        curve.CollapsePoint(0.05)
            .Should().Be((0.2, 2.0), "below β 1 no code can pay, since I ≤ R; the curve is {0}", string.Join("; ", curve.Points));
    }

    [Fact]
    public void Traced_curve_finds_the_critical_beta_of_gaussian_views()
    {
        using var pairs = GaussianViews.Make(5_000, 0.8);
        using var model = new InformationBottleneck(
            new LinearEncoder(1, 1), new LinearDecoder(1, ObservationModel.SharedGaussian(1)), new StandardNormalPrior(1), 1);
        var reported = new List<InformationCurvePoint>();
        var curve = InformationPlane.Trace(
            model, pairs, pairs,
            new()
            {
                Betas = [.. new[] { 5.0, 3, 2, 1.75, 1.4, 1.2 }.Select(BetaWeight.OnReconstruction)],
                Training = new() { Epochs = 6, BatchSize = 250, LearningRate = 0.01 },
                Measurement = new() { TargetEntropy = GaussianViews.Entropy() },
            },
            new Inline<InformationCurvePoint>(reported.Add));
        reported.Should().Equal(curve.Points);
        curve.CollapsePoint(0.02).Should().Be((1.4, 1.75));
        foreach (var (_, point) in curve.Points)
            point.Information.Should().BeLessThan(point.Rate + 0.02);
    }

    [Fact]
    public void Collapse_point_is_open_where_the_grid_ends()
    {
        Curve(0.5, 0.4).CollapsePoint().Should().Be((null, 1.0));
        Curve(0.001, 0.002).CollapsePoint().Should().Be((2.0, null));
        FluentActions.Invoking(() => Curve(0.5).CollapsePoint(0)).Should().Throw<ArgumentOutOfRangeException>();

        static InformationCurve Curve(params double[] rates)
            => new([.. rates.Select((rate, i) => new InformationCurvePoint(BetaWeight.OnReconstruction(i + 1), Point(rate)))]);
    }

    [Fact]
    public void Bits_are_nats_over_the_logarithm_of_two_and_back()
    {
        var nats = Point(2);
        var bits = nats.In(InformationUnit.Bits);
        bits.Rate.Should().BeApproximately(2 / Math.Log(2), 1e-12);
        bits.Information.Should().BeApproximately(nats.Information!.Value / Math.Log(2), 1e-12);
        bits.ActiveDimensions.Should().Be(nats.ActiveDimensions).And.Be(1);
        bits.RateByLatent![1].Should().BeGreaterThan(
            InformationPoint.ActiveThreshold, "0.008 nats are 0.0115 bits: the threshold is converted too");
        bits.In(InformationUnit.Nats).Rate.Should().BeApproximately(2, 1e-12);
        bits.ToString().Should().Contain("bits").And.Contain("1 active");
    }

    [Fact]
    public void A_pair_that_has_no_figure_is_named_by_its_place_in_the_data()
    {
        using var model = Classifier();
        using (torch.no_grad())
            model.Encoder.parameters().ToList().ForEach(parameter => parameter.mul_(20));
        var items = torch.rand(700, 4);
        items[612] = torch.tensor(new[] { 3e38f, -3e38f, 3e38f, -3e38f });
        using var data = new TensorData(items, torch.arange(700, dtype: torch.int64).remainder(3));
        using var pairs = TwoViews.OfLabels(data, 3);
        FluentActions.Invoking(() => InformationPlane.Measure(model, pairs))
            .Should().ThrowExactly<ArithmeticException>().WithMessage("the answer for item 612 of pairs is NaN*");
    }

    [Fact]
    public void Measuring_is_a_function_of_its_seed_and_leaves_modes_and_draws_alone()
    {
        using var model = Classifier();
        using var pairs = Classes(50);
        model.train();
        var state = torch.get_rng_state();
        var first = InformationPlane.Measure(model, pairs, new() { Seed = 4 });
        InformationPlane.Measure(model, pairs, new() { Seed = 4 }).LogLikelihood.Should().Be(first.LogLikelihood);
        InformationPlane.Measure(model, pairs, new() { Seed = 5 }).LogLikelihood.Should().NotBe(first.LogLikelihood);
        torch.get_rng_state().eq(state).all().ToBoolean().Should().BeTrue();
        model.training.Should().BeTrue();
    }

    [Fact]
    public void A_prior_without_a_closed_form_gives_a_sampled_rate()
    {
        using var model = new InformationBottleneck(
            new MlpEncoder(4, 2, [5]), new LinearDecoder(2, new ClassLikelihood(3)), new MixtureOfGaussiansPrior(2, components: 3), 4);
        using var pairs = Classes(60);
        var point = InformationPlane.Measure(model, pairs, new() { Samples = 50 });
        point.RateByLatent.Should().BeNull();
        point.ActiveDimensions.Should().BeNull();
        point.Rate.Should().BeGreaterThan(0);
    }

    [Fact]
    public void Predictions_are_probabilities_and_learn_the_classes()
    {
        using var model = Classifier();
        using var pairs = Classes(600);
        Trainer.Fit(model, new BottleneckObjective(new() { Beta = BetaWeight.OnKl(1e-2) }), pairs,
            options: new() { Epochs = 15, LearningRate = 5e-3 });
        foreach (var batch in pairs.InOrder(600))
        {
            var (input, target) = model.Views(batch.Items);
            var probabilities = model.Predict(input);
            probabilities.sum(-1).Values().Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-5);
            probabilities.argmax(1).eq(target.argmax(1)).to(torch.float32).mean().ToDouble().Should().BeGreaterThan(0.95);
        }
    }

    [Fact]
    public void Training_and_measuring_leave_no_tensor_behind()
    {
        using var model = Classifier();
        using var pairs = Classes(200);
        Run();
        var before = Reference.LiveTensors();
        Run();
        torch.Tensor.TotalCount.Should().Be(before);

        void Run()
        {
            Trainer.Fit(model, new BottleneckObjective(), pairs, options: new() { Epochs = 5, BatchSize = 10 });
            InformationPlane.Measure(model, pairs);
        }
    }

    [Fact]
    public void Weights_are_saved_under_these_keys_and_come_back()
    {
        var path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".safetensors");
        using var model = new InformationBottleneck(
            new LinearEncoder(4, 2), new LinearDecoder(2, new ClassLikelihood(3)), new StandardNormalPrior(2), 4);
        using var other = new InformationBottleneck(
            new LinearEncoder(4, 2), new LinearDecoder(2, new ClassLikelihood(3)), new StandardNormalPrior(2), 4);
        model.state_dict().Keys.Should().BeEquivalentTo(
            "encoder.linear.weight", "encoder.linear.bias", "encoder.log_variance", "decoder.head.weight", "decoder.head.bias");
        try
        {
            model.SaveWeights(path);
            other.LoadWeights(path);
            other.state_dict()["decoder.head.weight"].Values().Should().Equal(model.state_dict()["decoder.head.weight"].Values());
            using var vae = new Vae(
                new MlpEncoder(4, 2, [3]), new MlpDecoder(2, [3], ObservationModel.Bernoulli(4)), new StandardNormalPrior(2));
            FluentActions.Invoking(() => vae.LoadWeights(path)).Should().Throw<SafeTensorsException>();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Parts_and_options_that_do_not_fit_are_refused()
    {
        Invoking(() => new InformationBottleneck(new LinearEncoder(4, 2), new LinearDecoder(3, new ClassLikelihood(3)),
            new StandardNormalPrior(2), 4)).Should().Throw<ArgumentException>().WithMessage("*2 latent features, decoder takes 3*");
        Invoking(() => new InformationBottleneck(new LinearEncoder(4, 2), new LinearDecoder(2, new ClassLikelihood(3)),
            new StandardNormalPrior(3), 4)).Should().Throw<ArgumentException>().WithMessage("*prior has 3*");
        Invoking(() => new InformationBottleneck(new LinearEncoder(4, 2), new LinearDecoder(2, new ClassLikelihood(3)),
            new StandardNormalPrior(2), 0)).Should().Throw<ArgumentException>();
        Invoking(() => new ClassLikelihood(1)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => BetaWeight.OnReconstruction(-1)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => new BottleneckObjective(new() { Samples = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => new GaussianBottleneck(1.0)).Should().Throw<ArgumentException>();
        Invoking(() => new GaussianBottleneck(0.5).At(-1)).Should().Throw<ArgumentOutOfRangeException>();
        using var model = Classifier();
        using var pairs = Classes(20);
        Invoking(() => InformationPlane.Measure(model, pairs, new() { Samples = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => InformationPlane.Measure(model, pairs, new() { TargetEntropy = double.NaN }))
            .Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => InformationPlane.Trace(model, pairs, pairs, new() { Betas = [] })).Should().Throw<ArgumentException>();
        Invoking(() => InformationPlane.Trace(model, pairs, pairs,
            new() { Betas = [BetaWeight.OnKl(1)], Training = new() { CheckpointDirectory = "x" } })).Should().Throw<ArgumentException>();
        using var otherSize = GaussianViews.Make(20, 0.5, 0.5);
        Invoking(() => InformationPlane.Measure(model, otherSize)).Should().Throw<ArgumentException>().WithMessage("*7 values*");
    }

    [Fact]
    public void Tracing_can_be_cancelled()
    {
        using var model = Classifier();
        using var pairs = Classes(40);
        using var source = new CancellationTokenSource();
        var act = () => InformationPlane.Trace(
            model, pairs, pairs,
            new() { Betas = [BetaWeight.OnKl(0.1), BetaWeight.OnKl(1)], FirstEpochs = 1, Training = new() { BatchSize = 20 } },
            new Inline<InformationCurvePoint>(_ => source.Cancel()), source.Token);
        act.Should().Throw<OperationCanceledException>();
    }

    private static Action Invoking(Action action) => action;

    private static Action Invoking<T>(Func<T> function) => () => function();

    private static double Loss(InformationBottleneck model, TwoViews pairs, BetaWeight beta)
    {
        using var seed = SeedScope.Begin(6);
        return pairs.InOrder(40)
            .Select(batch => new BottleneckObjective(new() { Beta = beta }).Compute(model, batch).Loss.ToDouble()).Single();
    }

    private static InformationPoint Point(double rate) => new()
    {
        Rate = rate,
        RateStandardError = 0,
        LogLikelihood = -0.5,
        LogLikelihoodStandardError = 0,
        TargetEntropy = 1,
        RateByLatent = [rate - 0.008, 0.008],
        Items = 10,
        Samples = 1,
        Seed = 0,
    };

    private static InformationBottleneck Classifier()
        => new(new MlpEncoder(4, 2, [16]), new LinearDecoder(2, new ClassLikelihood(3)), new StandardNormalPrior(2), 4);

    // Three clouds around corners that stand apart.
    private TwoViews Classes(int count)
    {
        using var seed = SeedScope.Begin(12);
        var labels = torch.arange(count, dtype: torch.int64).remainder(3);
        var centres = torch.tensor(new float[] { 2, 0, 0, 1, 0, 2, 0, -1, 0, 0, 2, 0 }, [3, 4]);
        var data = new TensorData(centres.index_select(0, labels) + torch.randn(count, 4) * 0.4, labels);
        _owned.Add(data);
        return TwoViews.OfLabels(data, 3);
    }

    private sealed class Inline<T>(Action<T> action) : IProgress<T>
    {
        public void Report(T value) => action(value);
    }
}
