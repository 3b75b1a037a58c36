using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Acceleration;

/// <summary>Steps of fully connected models by our own products against those by torch's operators, on any processor.</summary>
public sealed class DenseTrainingTests : IDisposable
{
    private const double Tolerance = 2e-5;

    private readonly int _threads = torch.get_num_threads();
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(11);

    public DenseTrainingTests() => torch.set_num_threads(1);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
        torch.set_num_threads(_threads);
    }

    public static TheoryData<Activation, int, int[], int> Networks => new()
    {
        { Activation.LeakyReLU, 40, [300, 300], 100 },
        { Activation.ReLU, 2, [65], 33 },
        { Activation.ReLU, 1, [7, 128, 3], 32 },
        { Activation.LeakyReLU, 8, [16], 1_100 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_step_has_the_gradients_of_torchs_operators(Activation activation, int latents, int[] hidden, int rows)
    {
        using var vae = Model(activation, latents, hidden);
        RequireSame(vae, new Elbo(), rows);
    }

    [Fact]
    public void So_it_has_where_the_latents_count_in_the_loss_too()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        RequireSame(vae, new Iwae(samples: 4), rows: 32);
        RequireSame(vae, new Elbo(new() { Kl = KlEstimator.Sampled, Samples = 2 }), rows: 32);
        RequireSame(vae, () => new Geco(new() { Tolerance = 0.1 }), rows: 32);
    }

    [Fact]
    public void So_it_has_where_the_encoder_is_passed_twice()
    {
        var encoder = new MlpEncoder(20, 3, [16]);
        using var vae = new Vae(
            encoder, new MlpDecoder(3, [16], ObservationModel.Bernoulli(20)), new VampPrior(encoder, [20], 40));
        RequireSame(vae, new Elbo(), rows: 50, passes: 3);
    }

    [Fact]
    public void Frozen_weights_get_none()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        foreach (var parameter in vae.Encoder.parameters())
            parameter.requires_grad = false;
        RequireSame(vae, new Elbo(), rows: 40, passes: 1);
        vae.Encoder.parameters().Should().OnlyContain(parameter => (object?)parameter.grad == null);
        foreach (var parameter in vae.Decoder.parameters())
            parameter.requires_grad = false;
        foreach (var parameter in vae.Encoder.parameters())
            parameter.requires_grad = true;
        RequireSame(vae, new Elbo(), rows: 40);
        vae.Decoder.parameters().Should().OnlyContain(parameter => (object?)parameter.grad == null);
    }

    [Fact]
    public void Types_and_devices_that_the_program_has_by_default_do_not_matter()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        torch.set_default_dtype(torch.float64);
        torch.set_default_device(torch.META);
        try
        {
            using var dense = new DenseTraining(members: 1);
            var step = dense.Step();
            using var tape = DenseTape.Use(dense.Tape(0));
            var x = torch.ones(40, 50, dtype: torch.float32, device: torch.CPU);
            var loss = ((DiagonalNormal)vae.Encoder.forward(x)).Mean.sum();
            TrainingLoop.Backpropagate(loss, share: 1, dense.Tape(0));
            dense.HandOver();
            // The gradient of a sum over 40 equal rows by the head's bias of the means.
            vae.Encoder.get_parameter("head.bias")!.grad!.data<float>().ToArray().Should().Equal(
                [.. Enumerable.Repeat(40f, 5), .. Enumerable.Repeat(0f, 5)]);
            step.Dispose();
        }
        finally
        {
            torch.set_default_device(torch.CPU);
            torch.set_default_dtype(torch.float32);
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 64)]
    public void An_optimiser_that_clears_gradients_in_place_trains_as_by_torchs_operators(int threads, int pseudoInputs)
    {
        torch.set_num_threads(threads);
        using var images = ImageData.SyntheticDigits(count: 400, testCount: 0, seed: 1);
        var plain = Weights(plain: true);
        using var forced = DenseTraining.Force();
        foreach (var (expected, actual) in plain.Zip(Weights(plain: false)))
            Difference(expected, actual).Should().BeLessThan(1e-4);

        torch.Tensor[] Weights(bool plain)
        {
            using var seed = SeedScope.Begin(4);
            var encoder = new MlpEncoder(784, 3, [16]);
            using var vae = new Vae(
                encoder, new MlpDecoder(3, [16], ObservationModel.Bernoulli(784)),
                pseudoInputs == 0 ? new StandardNormalPrior(3) : new VampPrior(encoder, [784], pseudoInputs));
            // So many steps that a gradient which was given twice would show.
            Trainer.Fit(vae, plain ? new Torchs() : new Elbo(), images, options: new()
            {
                Epochs = 1,
                BatchSize = 80,
                Optimizer = parameters => torch.optim.SGD(parameters, 1e-3, momentum: 0.5),
            });
            return [.. vae.parameters().Select(parameter => parameter.detach().clone())];
        }
    }

    [Fact]
    public void Weights_that_were_replaced_are_forgotten()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        using var dense = new DenseTraining(members: 1);
        var batch = new Batch(torch.rand(40, 50).round());
        Gradients(vae, new Elbo(), batch, dense);
        vae.to(torch.float64);
        Gradients(vae, new Elbo(), new Batch(batch.Items.to(torch.float64)), dense);
        dense.Taken.Should().Be(2);
        vae.to(torch.float32);
        var (plain, _) = Gradients(vae, new Elbo(), batch, dense: null);
        foreach (var (expected, actual) in plain.Zip(Gradients(vae, new Elbo(), batch, dense).Gradients))
            Difference(expected, actual).Should().BeLessThan(Tolerance);
        dense.Taken.Should().Be(4);
    }

    [Fact]
    public void A_step_within_a_step_is_its_own()
    {
        using var outer = Model(Activation.ReLU, 5, [40]);
        using var inner = Model(Activation.ReLU, 5, [40]);
        using var dense = new DenseTraining(members: 1);
        var batch = new Batch(torch.rand(40, 50).round());
        var (expected, _) = Gradients(inner, new Torchs(), batch, dense: null);
        foreach (var parameter in inner.parameters())
            parameter.grad = null;
        var differences = new List<double>();
        Gradients(outer, new Around(() => differences.AddRange(
            expected.Zip(Gradients(inner, new Torchs(), batch, dense: null).Gradients, Difference))), batch, dense);
        dense.Tape(0).Taken.Should().Be(2);
        differences.Should().HaveCount(8).And.OnlyContain(difference => difference == 0);
        outer.parameters().Should().OnlyContain(parameter => (object?)parameter.grad != null);
    }

    [Fact]
    public void An_input_may_be_disposed_before_the_way_back_as_with_torch()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        using var dense = new DenseTraining(members: 1);
        var x = torch.rand(40, 50).requires_grad_();
        using var step = dense.Step();
        torch.Tensor loss;
        using (DenseTape.Use(dense.Tape(0, comesAlone: true)))
        {
            var own = x * 2;
            loss = ((DiagonalNormal)vae.Encoder.forward(own)).Mean.square().sum();
            own.Dispose();
        }
        TrainingLoop.Backpropagate(loss, share: 1, dense.Tape(0, comesAlone: true));
        var twice = x.detach().clone().requires_grad_();
        ((DiagonalNormal)vae.Encoder.forward(twice * 2)).Mean.square().sum().backward();
        Difference(twice.grad, x.grad).Should().BeLessThan(Tolerance);
    }

    [Fact]
    public void What_cannot_be_addressed_and_layers_that_do_not_fit_are_left_to_torch()
    {
        var (weight, bias) = (torch.zeros(1024, 1024), torch.zeros(1024));
        DenseStep[] wide = [new(weight, bias, 0), new(weight, bias, 1)];
        DenseTrace.Fits(wide, 32).Should().BeTrue();
        DenseTrace.Fits(wide, 640_000).Should().BeFalse();
        var trunk = Layers.Dense(50, [40], Activation.ReLU);
        DenseLayers.StepsOf(trunk, torch.nn.Linear(40, 10)).Should().HaveCount(2);
        DenseLayers.StepsOf(trunk, torch.nn.Linear(30, 10)).Should().BeNull();
    }

    [Fact]
    public void Hooks_can_be_seen()
    {
        using var layer = torch.nn.Linear(2, 2);
        LayerHooks.AreOn(layer).Should().BeFalse();
        using var hooked = torch.nn.Linear(2, 2);
        hooked.register_forward_pre_hook((_, input) => input);
        LayerHooks.AreOn(hooked).Should().BeTrue();
    }

    [Fact]
    public void A_hooked_layer_is_called()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        using var dense = new DenseTraining(members: 1);
        var batch = new Batch(torch.rand(40, 50).round());
        var seen = new List<long[]>();
        var layer = (ReLU)vae.Encoder.named_modules().Single(part => part.name == "trunk.act1").module;
        Gradients(vae, new Elbo(), batch, dense);
        var hook = layer.register_forward_hook((_, _, output) =>
        {
            seen.Add(output.shape);
            return output;
        });
        Gradients(vae, new Elbo(), batch, dense);
        seen.Should().ContainSingle().Which.Should().Equal(40, 40);
        // The encoder is torch's then, and what comes before the decoder with it.
        dense.Taken.Should().Be(2);
        hook.remove();
        Gradients(vae, new Elbo(), batch, dense);
        seen.Should().ContainSingle();
        dense.Taken.Should().Be(4);
    }

    [Fact]
    public void Objectives_that_take_gradients_themselves_and_parts_of_others_are_left_to_torch()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        DenseTraining.Suits(vae, new Elbo()).Should().BeTrue();
        DenseTraining.Suits(vae, new Iwae(4)).Should().BeTrue();
        DenseTraining.Suits(vae, new Iwae(4, new() { ChunkSize = 2 })).Should().BeFalse();
        DenseTraining.Suits(vae, new Torchs()).Should().BeFalse();
        DenseTraining.Suits(vae, new Around(() => { })).Should().BeTrue();
        var own = ReconstructionConstraint.Custom("own", 0.1, (likelihood, x) => -likelihood.LogProb(x));
        DenseTraining.Suits(vae, new Geco(new() { Constraints = [own] })).Should().BeFalse();
        DenseTraining.Suits(vae, new Geco()).Should().BeTrue();
        using var owned = new Vae(vae.Encoder, vae.Decoder, new OwnPrior());
        DenseTraining.Suits(owned, new Elbo()).Should().BeFalse();
    }

    private static Vae Model(Activation activation, int latents, int[] hidden)
    {
        long[] widths = [.. hidden.Select(width => (long)width)];
        return new(
            new MlpEncoder(50, latents, widths, new() { Activation = activation }),
            new MlpDecoder(latents, [.. widths.Reverse()], ObservationModel.Bernoulli(50), new() { Activation = activation }),
            new StandardNormalPrior(latents));
    }

    private static void RequireSame(Vae vae, Objective<Vae> objective, int rows, int passes = 2)
        => RequireSame(vae, () => objective, rows, passes);

    // An objective whose state goes on with a step is made anew for every one.
    private static void RequireSame(Vae vae, Func<Objective<Vae>> objective, int rows, int passes = 2)
    {
        using var scope = torch.NewDisposeScope();
        var batch = new Batch(torch.rand(rows, vae.Decoder.ItemShape[0]).round());
        var (plain, plainLoss) = Gradients(vae, objective(), batch, dense: null);
        using var dense = new DenseTraining(members: 1);
        // The second step writes to the memory of the first.
        for (var step = 0; step < 2; step++)
        {
            var (own, loss) = Gradients(vae, objective(), batch, dense);
            dense.Tape(0).Taken.Should().Be(passes * (step + 1));
            loss.Should().BeApproximately(plainLoss, Tolerance * Math.Abs(plainLoss));
            foreach (var (expected, actual) in plain.Zip(own))
                Difference(expected, actual).Should().BeLessThan(Tolerance);
        }
    }

    private static (torch.Tensor?[] Gradients, double Loss) Gradients(Vae vae, Objective<Vae> objective, Batch batch, DenseTraining? dense)
    {
        torch.manual_seed(3);
        using var still = new FusedAdam(vae.parameters(), learningRate: 0);
        var step = TrainingLoop.TakeStep(vae, objective, batch, still, gradientClip: null, halves: null, ranks: null, dense);
        return ([.. vae.parameters().Select(parameter => parameter.grad?.clone())], step.Loss);
    }

    private static double Difference(torch.Tensor? expected, torch.Tensor? actual)
    {
        (actual is null).Should().Be(expected is null);
        return expected is null ? 0
            : ((expected - actual!).abs().max() / expected.abs().max().clamp_min(1e-12)).to(torch.float64).item<double>();
    }

    // Of another assembly, and so left to torch's operators.
    private sealed class Torchs : Objective<Vae>
    {
        public override bool IsMeanOverItems => true;

        public override ObjectiveResult Compute(Vae model, Batch batch) => new Elbo().Compute(model, batch);
    }

    private sealed class Around(Action before) : Objective<Vae>
    {
        public override bool IsBackpropagatedByTheLoop => true;

        public override ObjectiveResult Compute(Vae model, Batch batch)
        {
            before();
            return new Elbo().Compute(model, batch);
        }
    }

    private sealed class OwnPrior() : Prior("own")
    {
        public override long LatentSize => 5;

        public override torch.Tensor LogProb(torch.Tensor z) => z.square().sum(-1) * -0.5;

        public override torch.Tensor Sample(long count) => torch.randn(count, LatentSize);
    }
}
