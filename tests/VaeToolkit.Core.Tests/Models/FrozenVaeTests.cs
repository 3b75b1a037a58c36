using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

public sealed class FrozenVaeTests : IDisposable
{
    private const int Threads = 8;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("vamp", 1000)]
    [InlineData("mixture", 200)]
    [InlineData("flow", 200)]
    public void Threads_get_the_sequential_answers_to_the_last_bit(string prior, int calls)
    {
        using var seed = SeedScope.Begin(3);
        var vae = Trained(prior);
        using var frozen = FrozenVae.Own(vae);
        var items = torch.rand(5, 12).round();
        var (state, generator) = (Values(vae), torch.get_rng_state().bytes.ToArray());
        var expected = Enumerable.Range(0, calls).Select(call => Ask(frozen, items, call)).ToArray();

        var wrong = new int[Threads];
        RunBeside(thread =>
        {
            // 7 shares no factor with the number of calls, so every thread makes all calls, in another order than its neighbours.
            for (var i = 0; i < expected.Length; i++)
            {
                var call = ((i * 7) + (thread * 25)) % expected.Length;
                if (!Ask(frozen, items, call).SequenceEqual(expected[call]))
                    wrong[thread]++;
            }
        });

        wrong.Should().AllBeEquivalentTo(0);
        Values(vae).Should().Equal(state, "weights and running statistics are what they were");
        torch.get_rng_state().bytes.ToArray().Should().Equal(generator, "the generator that all threads share was not asked");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Answers_do_not_depend_on_where_in_memory_the_items_are(int count)
    {
        using var seed = SeedScope.Begin(3);
        using var frozen = FrozenVae.Own(new Vae(
            new MlpEncoder(784, 4, [32]), new MlpDecoder(4, [32], ObservationModel.Bernoulli(784)), new StandardNormalPrior(4)));
        var (items, codes) = (torch.rand(count, 784).round(), torch.randn(count, 4));
        var expected = Answers(items, codes);
        foreach (var offset in Enumerable.Range(1, 20))
            Answers(Moved(items, offset), Moved(codes, offset)).Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());

        byte[][] Answers(torch.Tensor x, torch.Tensor z) =>
        [
            frozen.Encode(x).Mean.contiguous().bytes.ToArray(), frozen.Decode(z).Mean.bytes.ToArray(),
            frozen.Reconstruct(x).bytes.ToArray(), frozen.AnomalyContributions(x).bytes.ToArray(),
            [.. frozen.LogLikelihood(x, new() { Samples = 3 }).SelectMany(BitConverter.GetBytes)],
        ];

        static torch.Tensor Moved(torch.Tensor x, int offset)
        {
            var place = torch.zeros(x.numel() + offset).narrow(0, offset, x.numel()).view(x.shape);
            return place.copy_(x);
        }
    }

    [Fact]
    public void A_frozen_copy_does_not_notice_that_its_original_is_trained_on()
    {
        using var seed = SeedScope.Begin(4);
        using var vae = new Vae(new MlpEncoder(12, 3, [16]), Decoder(), new MixtureOfGaussiansPrior(3, 4));
        using var data = new TensorData(torch.rand(40, 12).round());
        using var frozen = vae.Freeze();
        var x = torch.rand(5, 12).round();
        var before = Values(vae);
        var expected = Enumerable.Range(0, 200).Select(call => Ask(frozen, x, call)).ToArray();
        using var stop = new CancellationTokenSource();
        using var started = new ManualResetEventSlim();
        var training = new Thread(() => Trainer.Fit(
            vae, new Elbo(), data, options: new() { Epochs = 1_000_000, BatchSize = 10 },
            progress: new Signal(started), cancellationToken: stop.Token));
        training.Start();
        started.Wait();
        var answers = Enumerable.Range(0, 200).Select(call => Ask(frozen, x, call)).ToArray();
        stop.Cancel();
        training.Join();
        answers.Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
        Values(vae).Should().NotEqual(before, "the original was trained meanwhile");
    }

    [Fact]
    public void A_thread_with_another_number_of_torchs_threads_gets_the_same_and_keeps_its_number()
    {
        var before = torch.get_num_threads();
        torch.set_num_threads(2);
        try
        {
            // Large enough for the matrix products to be divided otherwise among one thread than among two.
            using var frozen = FrozenVae.Own(new Vae(
                new MlpEncoder(784, 40, [300, 300]), new MlpDecoder(40, [300, 300], ObservationModel.Bernoulli(784)),
                new StandardNormalPrior(40)));
            var x = torch.rand(7, 784);
            var expected = InScope(() => frozen.Reconstruct(x));
            torch.set_num_threads(1);
            InScope(() => frozen.Reconstruct(x)).Should().Equal(expected);
            torch.get_num_threads().Should().Be(1);
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void A_part_of_ones_own_that_cannot_be_copied_is_named_with_the_line_to_write()
    {
        using var vae = Trained("standard");
        FluentActions.Invoking(vae.Freeze).Should().Throw<NotSupportedException>()
            .WithMessage("NormalisedEncoder does not say how it is made again*ModelParts.Register(*");
        vae.training.Should().BeTrue("a model that could not be frozen is as it was");
    }

    [Fact]
    public void Answers_are_the_models_own()
    {
        using var vae = Trained("mixture");
        vae.eval();
        // As in a frozen model: with gradients densities are summed in another order, which may move the last bit.
        using var gradients = torch.no_grad();
        var x = torch.rand(6, 12).round();
        var (reconstruction, sample) = (vae.Reconstruct(x).Values(), vae.Sample(4, seed: 5, draws: true).Values());
        var nll = Evaluate.NegativeLogLikelihood(
            vae, new TensorData(x), new() { Samples = 30, Seed = 8, KeepPerItem = true });
        var posterior = vae.Encode(x);
        var decoded = vae.Decode(posterior.Mean);
        var rebuilding = decoded.LogProb(x).Values();

        using var frozen = FrozenVae.Own(vae);
        frozen.Reconstruct(x).Values().Should().Equal(reconstruction);
        frozen.Sample(4, seed: 5, draws: true).Values().Should().Equal(sample);
        frozen.Encode(x).Variance.Values().Should().Equal(posterior.Variance.Values());
        frozen.Decode(posterior.Mean).Mean.Values().Should().Equal(decoded.Mean.Values());
        frozen.LogLikelihood(x, new() { Samples = 30, Seed = 8 }).Should().Equal(nll.PerItem!.Select(value => -value));
        frozen.AnomalyScore(x, AnomalyMeasure.Likelihood, new() { Samples = 30, Seed = 8 }).Should().Equal(nll.PerItem);
        frozen.AnomalyScore(x, AnomalyMeasure.Reconstruction).Should().Equal(rebuilding.Select(value => -value));
        frozen.AnomalyContributions(x).sum(1).Values().Should().HaveCount(6).And.Subject.Zip(rebuilding)
            .Should().OnlyContain(pair => Math.Abs(pair.First + pair.Second) < 1e-4);
        frozen.Sample(2).Values().Should().NotEqual(frozen.Sample(2).Values(), "without a seed any will do");
        (frozen.LatentSize, frozen.ItemShape).Should().BeEquivalentTo((vae.LatentSize, vae.ItemShape));
    }

    [Fact]
    public void The_divergence_is_exact_where_it_can_be_and_sampled_else()
    {
        using var seed = SeedScope.Begin(3);
        using var plain = FrozenVae.Own(Trained("standard"));
        var x = torch.rand(6, 12).round();
        var exact = ((DiagonalNormal)plain.Encode(x)).KlToStandardNormal().Values();
        plain.AnomalyScore(x, AnomalyMeasure.LatentKl).Should().Equal(exact);

        // A mixture of one normal is that normal, but has no closed form.
        using var one = FrozenVae.Own(new Vae(
            new NormalisedEncoder(12, 3), Decoder(), new MixtureOfGaussiansPrior(3, 1, new() { InitialSpread = 0 })));
        exact = ((DiagonalNormal)one.Encode(x)).KlToStandardNormal().Values();
        const int Samples = 4000;
        var sampled = one.AnomalyScore(x, AnomalyMeasure.LatentKl, new() { Samples = Samples, Seed = 2 });
        // log q − log p has, with variances near one, a variance of about Σ (1 − σ²)²/2 + μ²; 3 bounds it here.
        sampled.Zip(exact).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 5 * Math.Sqrt(3.0 / Samples));
    }

    [Fact]
    public void Small_calls_leave_neither_tensors_nor_memory()
    {
        using var frozen = FrozenVae.Own(Trained("mixture"));
        var x = torch.rand(1, 12).round();
        Loop(1000);
        var (tensors, memory) = (Reference.LiveTensors(), Resident());
        Loop(10_000);
        Reference.LiveTensors().Should().Be(tensors);
        (Resident() - memory).Should().BeLessThan(24 << 20);

        // How far the managed heap may grow before it is collected depends on the processor's caches.
        static long Resident()
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return Environment.WorkingSet;
        }

        void Loop(int calls)
        {
            for (var call = 0; call < calls; call++)
                _ = Ask(frozen, x, call % 3);
        }
    }

    [Fact]
    public void It_goes_when_the_last_call_has_ended()
    {
        var vae = new Vae(new WaitingEncoder(), Decoder(), new StandardNormalPrior(3));
        var encoder = (WaitingEncoder)vae.Encoder;
        var weights = vae.parameters().ToList();
        var frozen = FrozenVae.Own(vae);
        var x = torch.rand(2, 12);
        double[] answer = [];
        var caller = new Thread(() => answer = InScope(() => frozen.Encode(x).Mean));
        caller.Start();
        encoder.Entered.Wait();
        frozen.Dispose();
        frozen.Dispose();
        FluentActions.Invoking(() => frozen.Encode(x)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => frozen.Sample(1)).Should().Throw<ObjectDisposedException>();
        encoder.Leave.Set();
        caller.Join();
        answer.Should().HaveCount(6).And.OnlyContain(value => double.IsFinite(value));
        weights.All(weight => weight.IsInvalid).Should().BeTrue("the model went with the last call");
    }

    [Fact]
    public void A_prior_that_draws_from_the_shared_generator_is_refused()
    {
        using var vae = new Vae(new NormalisedEncoder(12, 3), Decoder(), new UnseededPrior());
        FluentActions.Invoking(() => FrozenVae.Own(vae)).Should().Throw<InvalidOperationException>()
            .WithMessage("*does not draw the same from the same seed*generator: NoiseSource.OfThisThread*");
    }

    [Fact]
    public void Arguments_are_checked_where_they_enter()
    {
        using var frozen = FrozenVae.Own(Trained("standard"));
        var x = torch.rand(2, 12);
        FluentActions.Invoking(() => FrozenVae.Own(null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => frozen.Sample(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => frozen.Reconstruct(torch.rand(2, 11))).Should().Throw<ArgumentException>().WithMessage("*[2, 11]*");
        FluentActions.Invoking(() => frozen.LogLikelihood(x * double.NaN)).Should().Throw<ArgumentException>().WithMessage("*NaN*item 0*");
        FluentActions.Invoking(() => frozen.LogLikelihood(torch.cat([x, x + 3])))
            .Should().Throw<ArgumentException>().WithMessage("item 2 of * is outside the likelihood's support: *in [0, 1]*");
        FluentActions.Invoking(() => frozen.LogLikelihood(x, new() { Samples = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => frozen.AnomalyScore(x, (AnomalyMeasure)7)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => frozen.LogLikelihood(x, cancellationToken: new(canceled: true)))
            .Should().Throw<OperationCanceledException>();
        torch.is_grad_enabled().Should().BeTrue("a refused call leaves gradients on");
        NoiseSource.OfThisThread.Should().BeNull();
    }

    internal static void RunBeside(Action<int> job)
    {
        Exception? failure = null;
        var threads = Enumerable.Range(0, Threads).Select(index => new Thread(() =>
        {
            try
            {
                job(index);
            }
            catch (Exception e)
            {
                failure = e;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        failure.Should().BeNull();
    }

    /// <summary>One of the mixed calls, by its number.</summary>
    internal static double[] Ask(FrozenVae frozen, torch.Tensor x, int call) => (call % 7) switch
    {
        0 => InScope(() => frozen.Encode(x).Variance),
        1 => InScope(() => frozen.Reconstruct(x)),
        2 => InScope(() => frozen.Sample(3, seed: call)),
        3 => InScope(() => frozen.Sample(3, seed: call, draws: true)),
        4 => frozen.LogLikelihood(x, new() { Samples = 4, ChunkSize = 2, Seed = call }),
        5 => frozen.AnomalyScore(x, AnomalyMeasure.LatentKl, new() { Samples = 3, Seed = call }),
        _ => InScope(() => frozen.Decode(torch.full([2, 3], call / 1000f)).Mean),
    };

    /// <summary>A model whose running statistics have seen items, left in training mode.</summary>
    internal static Vae Trained(string prior)
    {
        using var scope = torch.NewDisposeScope();
        var encoder = new NormalisedEncoder(12, 3);
        var vae = new Vae(encoder, Decoder(), prior switch
        {
            "mixture" => new MixtureOfGaussiansPrior(3, 4),
            "vamp" => new VampPrior(encoder, [12], components: 5),
            "flow" => new RealNvpPrior(3, 2, [8]),
            _ => new StandardNormalPrior(3),
        });
        vae.train();
        _ = vae.Encode(torch.rand(20, 12));
        return vae;
    }

    private static MlpDecoder Decoder() => new(3, [16], ObservationModel.Bernoulli(12));

    private static double[] InScope(Func<torch.Tensor> ask)
    {
        using var scope = torch.NewDisposeScope();
        return ask().Values();
    }

    private static double[] Values(Vae vae) => [.. vae.state_dict().Values.SelectMany(value => value.Values())];

    private sealed class Signal(ManualResetEventSlim started) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => started.Set();
    }

    private sealed class UnseededPrior() : Prior(nameof(UnseededPrior))
    {
        public override long LatentSize => 3;

        public override torch.Tensor LogProb(torch.Tensor z) => z.square().sum(-1) * -0.5;

        public override torch.Tensor Sample(long count) => torch.randn(count, 3);
    }

    private sealed class WaitingEncoder : Encoder
    {
        private readonly TorchSharp.Modules.Linear _head = torch.nn.Linear(12, 6);

        internal WaitingEncoder()
            : base(nameof(WaitingEncoder)) => register_module("head", _head);

        internal ManualResetEventSlim Entered { get; } = new();

        internal ManualResetEventSlim Leave { get; } = new();

        public override long LatentSize => 3;

        public override Posterior forward(torch.Tensor input)
        {
            Entered.Set();
            Leave.Wait();
            var parts = _head.forward(input).chunk(2, -1);
            return new DiagonalNormal(parts[0], parts[1]);
        }
    }
}
