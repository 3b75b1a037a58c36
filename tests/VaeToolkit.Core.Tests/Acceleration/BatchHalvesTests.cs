using TorchSharp;
using VaeToolkit.Tests.Models;
using VaeToolkit.Tests.Training;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Acceleration;

/// <summary>A batch in two halves gives what the whole batch gives.</summary>
public sealed class BatchHalvesTests : IDisposable
{
    private readonly SeedScope _seed = SeedScope.Begin(11);
    private readonly int _threads = torch.get_num_threads();
    private readonly ImageData _images = ImageData.SyntheticDigits(count: 300, testCount: 0);
    private readonly Vae _vae;

    public BatchHalvesTests()
    {
        torch.set_num_threads(2);
        _vae = Mlp(Prior(0));
    }

    public void Dispose()
    {
        _vae.Dispose();
        _images.Dispose();
        torch.set_num_threads(_threads);
        _seed.Dispose();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(71)]
    public void Loss_terms_and_gradients_are_those_of_the_whole_batch(int size)
    {
        using var scope = torch.NewDisposeScope();
        using var batch = First(size);
        var objective = new Autoencoder();
        objective.Compute(_vae, batch).Loss.backward();
        var whole = Gradients(_vae);
        var expected = objective.Compute(_vae, batch).Loss.ToDouble();
        Clear(_vae);

        using var halves = new BatchHalves<Vae>(_vae, objective);
        using var threads = halves.ShareThreads();
        var reading = halves.Backpropagate(batch);

        reading.Loss.Should().BeApproximately(expected, 1e-4 * expected);
        reading.Terms["reconstruction"].Should().Be(reading.Loss);
        ShouldBeNear(Gradients(_vae), whole);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(64, false)]
    [InlineData(0, true)]
    [InlineData(7, true)]
    [InlineData(64, true)]
    public void Each_half_draws_what_its_own_generator_gives_and_gradients_are_the_sum(long pseudoInputs, bool sharesThreads)
    {
        using var scope = torch.NewDisposeScope();
        using var vae = Mlp(Prior(pseudoInputs));
        LeaveRange(vae.Prior);
        using var batch = First(100);
        var objective = new Iwae(3);
        var expected = GradientsOfParts(vae, objective, batch);
        torch.manual_seed(5).Dispose();
        using var forced = DenseTraining.Force();
        using var halves = new BatchHalves<Vae>(vae, objective);
        using var threads = sharesThreads ? halves.ShareThreads() : null;
        halves.Backpropagate(batch);

        ShouldBeNear(Gradients(vae), expected);
        // Encoder and decoder in each half, and the encoder for each half of the pseudo-inputs. A lone half of 7 of them is one pass more.
        halves.Taken.Should().Be(!sharesThreads ? 0 : pseudoInputs == 64 ? 6 : 4);

        torch.manual_seed(5).Dispose();
        halves.Backpropagate(batch);
        ShouldBeNear(Gradients(vae), [.. expected.Select(gradient => 2 * gradient)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void The_same_seed_gives_the_same_losses_bit_for_bit_and_threads_are_put_back(long pseudoInputs)
    {
        using var forced = DenseTraining.Force();
        var first = Losses();
        var second = Losses();

        second.Should().Equal(first);
        torch.get_num_threads().Should().Be(2);

        double[] Losses()
        {
            using var seed = SeedScope.Begin(3);
            using var vae = Mlp(Prior(pseudoInputs));
            var result = Trainer.Fit(vae, new Elbo(), _images, options: new() { Epochs = 3, BatchSize = 75, SplitBatches = true });
            return [.. result.History.Select(epoch => epoch.TrainLoss)];
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void Training_in_halves_leaves_no_tensor_behind(long pseudoInputs)
    {
        using var forced = DenseTraining.Force();
        using var vae = Mlp(Prior(pseudoInputs));
        var options = new TrainingOptions { Epochs = 1, BatchSize = 64, SplitBatches = true };
        Trainer.Fit(vae, new Elbo(), _images, options: options);
        var before = Reference.LiveTensors();
        Trainer.Fit(vae, new Elbo(), _images, options: options with { Epochs = 20 });
        torch.Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void An_objective_that_leaves_the_prior_out_gives_it_no_gradient()
    {
        using var vae = Mlp(Prior(64));
        using var batch = First(100);
        using var halves = new BatchHalves<Vae>(vae, new Autoencoder());
        halves.Backpropagate(batch);
        vae.Prior.parameters().All(parameter => parameter.grad is null).Should().BeTrue();
        vae.Encoder.parameters().All(parameter => parameter.grad is not null).Should().BeTrue();
    }

    [Fact]
    public void A_failure_in_either_half_stops_the_step()
    {
        using var batch = First(100);
        batch.Items.narrow(0, 99, 1).fill_(float.NaN);
        using var optimizer = new FusedAdam(_vae.parameters());
        using var halves = new BatchHalves<Vae>(_vae, new Elbo());
        FluentActions.Invoking(() => TrainingLoop.TakeStep(_vae, new Elbo(), batch, optimizer, null, halves, ranks: null, dense: null))
            .Should().Throw<NonFiniteLossException>().WithMessage("*reconstruction*");
        using var wrong = new Batch(torch.zeros([100L, 5L]));
        FluentActions.Invoking(() => halves.Backpropagate(wrong)).Should().Throw<ArgumentException>();
        halves.Backpropagate(First(100)).Loss.Should().BePositive("the threads outlive a failure");
        Clear(_vae);
    }

    [Fact]
    public void Halves_are_chosen_only_where_they_change_nothing_but_the_draws()
    {
        BatchHalves<Vae>.Suit(_vae, new Elbo(), 100).Should().BeTrue();
        BatchHalves<Vae>.Suit(_vae, new Geco(), 100).Should().BeTrue();
        BatchHalves<Vae>.Suit(_vae, new Iwae(5), 100).Should().BeTrue();
        BatchHalves<Vae>.Suit(_vae, new Elbo(), 50).Should().BeFalse("a half of 25 is too small");
        BatchHalves<Vae>.Suit(_vae, new Iwae(50), 20).Should().BeTrue("a half of 10 items has 500 latent vectors");
        BatchHalves<Vae>.Suit(_vae, new GecoIwae(50), 20).Should().BeTrue();
        BatchHalves<Vae>.Suit(_vae, new Elbo(new() { Samples = 4 }), 20).Should().BeTrue();
        BatchHalves<Vae>.Suit(_vae, new Elbo(new() { Samples = 2 }), 20).Should().BeFalse("a half has 20 latent vectors");
        BatchHalves<Vae>.Suit(_vae, new Iwae(500), 1).Should().BeFalse("one item cannot be divided");
        BatchHalves<Vae>.Suit(_vae, new Elbo(new() { FreeNats = 0.1 }), 100).Should().BeFalse();
        BatchHalves<Vae>.Suit(_vae, new Elbo(new() { Capacity = new(10, Steps: 5) }), 100).Should().BeFalse();
        BatchHalves<Vae>.Suit(_vae, new Iwae(5, new() { ChunkSize = 2 }), 100).Should().BeFalse();
        using var vamp = Mlp(Prior(64));
        BatchHalves<Vae>.Suit(vamp, new Elbo(), 100).Should().BeTrue();
        using var small = Mlp(Prior(63));
        BatchHalves<Vae>.Suit(small, new Elbo(), 100).Should().BeFalse("a half of 31 pseudo-inputs is too small");
        using var unknown = TinyModel.Seeded(dropout: 0.5);
        BatchHalves<TinyModel>.Suit(unknown, new MeanObjective(), 100).Should().BeFalse("dropout draws");
        using var user = new Standardised();
        BatchHalves<Standardised>.Suit(user, new NoObjective(), 100)
            .Should().BeFalse("nothing is known of a user's own forward pass, whatever its layers are");
        torch.set_num_threads(1);
        BatchHalves<Vae>.Suit(_vae, new Elbo(), 100).Should().BeFalse();
    }

    private sealed class Standardised : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly TorchSharp.Modules.Linear _linear = torch.nn.Linear(2, 2);

        public Standardised()
            : base(nameof(Standardised))
            => register_module("linear", _linear);

        public override torch.Tensor forward(torch.Tensor input) => _linear.forward(input - input.mean([0L], keepdim: true));

        protected override void RegisterComponents()
        {
        }
    }

    private sealed class NoObjective : Objective<Standardised>
    {
        public override bool IsMeanOverItems => true;

        public override ObjectiveResult Compute(Standardised model, Batch batch) => throw new NotSupportedException();
    }

    [Fact]
    public void Halves_that_would_not_add_up_are_refused()
    {
        var options = new TrainingOptions { Epochs = 1, SplitBatches = true };
        FluentActions.Invoking(() => Trainer.Fit(_vae, new Iwae(5, new() { ChunkSize = 2 }), _images, options: options))
            .Should().Throw<ArgumentException>().WithMessage("*SplitBatches*Iwae*");
        FluentActions.Invoking(() => Trainer.Fit(_vae, new Elbo(new() { FreeNats = 0.1 }), _images, options: options))
            .Should().Throw<ArgumentException>().WithMessage("*SplitBatches*Elbo*");
        // Each half has moments of its own, and both write the running ones.
        using var normalised = new Vae(
            new NormalisedEncoder(784, latentSize: 2), new MlpDecoder(2, [8], ObservationModel.Bernoulli(784)), new StandardNormalPrior(2));
        FluentActions.Invoking(() => Trainer.Fit(normalised, new Elbo(), _images, options: options))
            .Should().Throw<ArgumentException>()
            .WithMessage("*SplitBatches*'encoder.trunk.1' takes or keeps moments of all items of a batch*");
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(false, false, true)]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    public void A_VampPrior_trains_in_halves_whichever_of_its_parts_is_frozen(bool encoder, bool pseudoInputs, bool isSingle)
    {
        using var vae = Mlp(Prior(64));
        vae.to(isSingle ? torch.float32 : torch.float64);
        LeaveRange(vae.Prior);
        foreach (var parameter in vae.Encoder.parameters())
            parameter.requires_grad = !encoder;
        var inputs = vae.Prior.parameters().Single();
        inputs.requires_grad = !pseudoInputs;
        using var batch = First(100, inputs.dtype);
        var objective = new Elbo();
        var expected = GradientsOfParts(vae, objective, batch);
        torch.manual_seed(5).Dispose();
        using var forced = DenseTraining.Force();
        using var halves = new BatchHalves<Vae>(vae, objective);
        using var threads = halves.ShareThreads();
        halves.Backpropagate(batch);

        ShouldBeNear(Gradients(vae), expected);
        vae.Encoder.parameters().All(parameter => parameter.grad is null == encoder).Should().BeTrue();
        (inputs.grad is null).Should().Be(pseudoInputs);
        if (inputs.grad is { } gradient)
            gradient.Values().Zip(inputs.Values(), (g, u) => (g != 0, u is >= 0 and <= 1)).Should().OnlyContain(p => p.Item1 == p.Item2);
    }

    private static Func<Encoder, Prior> Prior(long pseudoInputs)
        => encoder => pseudoInputs == 0 ? new StandardNormalPrior(encoder.LatentSize) : new VampPrior(encoder, [784L], pseudoInputs);

    // A third of the values lie below the range, a third above it, and some at its lower end.
    private static void LeaveRange(Prior prior)
    {
        using var noGradient = torch.no_grad();
        foreach (var inputs in prior.parameters())
            inputs.copy_(torch.rand_like(inputs) * 3 - 1).masked_fill_(torch.rand_like(inputs) < 0.05, 0);
    }

    private static Vae Mlp(Func<Encoder, Prior> prior)
    {
        var encoder = new MlpEncoder(784, latentSize: 6, hidden: [40]);
        return new(encoder, new MlpDecoder(latentSize: 6, hidden: [40], ObservationModel.Bernoulli(784)), prior(encoder));
    }

    private Batch First(int size, torch.ScalarType type = torch.ScalarType.Float32)
        => new(_images.InOrder(size).Select(batch => batch.Items.clone().DetachFromDisposeScope()).First().flatten(1).to(type));

    // Of the sum of both halves, each with the noise that its own generator gives, by torch alone.
    private static double[] GradientsOfParts(Vae vae, Objective<Vae> objective, Batch batch)
    {
        torch.manual_seed(5).Dispose();
        var seeds = torch.randint(0, int.MaxValue, [2L], dtype: torch.int64).data<long>().ToArray();
        foreach (var half in new[] { 0, 1 })
        {
            using var generator = new torch.Generator();
            using var noise = NoiseSource.Use(generator, seeds[half]);
            using var part = new Batch(batch.Items.narrow(0, 50 * half, 50));
            (objective.Compute(vae, part).Loss * 0.5).backward();
        }
        var gradients = Gradients(vae);
        Clear(vae);
        return gradients;
    }

    // In units of the largest: another processor's products round otherwise.
    private static void ShouldBeNear(double[] gradients, double[] expected)
    {
        var tolerance = 1e-5 * expected.Max(Math.Abs);
        gradients.Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < tolerance);
    }

    private static double[] Gradients(Vae vae) => [.. vae.parameters().SelectMany(parameter => parameter.grad?.Values() ?? [])];

    private static void Clear(Vae vae)
    {
        foreach (var parameter in vae.parameters())
            parameter.grad = null!;
    }

    private sealed class MeanObjective : Objective<TinyModel>
    {
        public override bool IsMeanOverItems => true;

        public override ObjectiveResult Compute(TinyModel model, Batch batch) => throw new NotSupportedException();
    }
}
