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
        RequireSame(vae, new Elbo(), rows: 50);
    }

    [Fact]
    public void Frozen_weights_get_none()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        foreach (var parameter in vae.Encoder.parameters())
            parameter.requires_grad = false;
        RequireSame(vae, new Elbo(), rows: 40);
        vae.Encoder.parameters().Should().OnlyContain(parameter => (object?)parameter.grad == null);
        foreach (var parameter in vae.Decoder.parameters())
            parameter.requires_grad = false;
        foreach (var parameter in vae.Encoder.parameters())
            parameter.requires_grad = true;
        RequireSame(vae, new Elbo(), rows: 40);
        vae.Decoder.parameters().Should().OnlyContain(parameter => (object?)parameter.grad == null);
    }

    [Fact]
    public void A_hooked_layer_is_called()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        using var dense = new DenseTraining(members: 1);
        var batch = new Batch(torch.rand(40, 50).round());
        var seen = new List<long[]>();
        var layer = (torch.nn.Module<torch.Tensor, torch.Tensor>)vae.Encoder.named_modules().Single(part => part.name == "trunk.act1").module;
        Gradients(vae, new Elbo(), batch, dense);
        var hook = layer.register_forward_hook((_, _, output) =>
        {
            seen.Add(output.shape);
            return output;
        });
        Gradients(vae, new Elbo(), batch, dense);
        seen.Should().ContainSingle().Which.Should().Equal(40, 40);
        hook.remove();
        Gradients(vae, new Elbo(), batch, dense);
        seen.Should().ContainSingle();
    }

    [Fact]
    public void Objectives_that_take_gradients_themselves_and_parts_of_others_are_left_to_torch()
    {
        using var vae = Model(Activation.ReLU, 5, [40]);
        DenseTraining.Suits(vae, new Elbo()).Should().BeTrue();
        DenseTraining.Suits(vae, new Iwae(4)).Should().BeTrue();
        DenseTraining.Suits(vae, new Iwae(4, new() { ChunkSize = 2 })).Should().BeFalse();
        DenseTraining.Suits(vae, new OwnObjective(itself: false)).Should().BeFalse();
        DenseTraining.Suits(vae, new OwnObjective(itself: true)).Should().BeTrue();
        using var own = new Vae(vae.Encoder, vae.Decoder, new OwnPrior());
        DenseTraining.Suits(own, new Elbo()).Should().BeFalse();
    }

    private static Vae Model(Activation activation, int latents, int[] hidden)
    {
        long[] widths = [.. hidden.Select(width => (long)width)];
        return new(
            new MlpEncoder(50, latents, widths, new() { Activation = activation }),
            new MlpDecoder(latents, [.. widths.Reverse()], ObservationModel.Bernoulli(50), new() { Activation = activation }),
            new StandardNormalPrior(latents));
    }

    private static void RequireSame(Vae vae, Objective<Vae> objective, int rows) => RequireSame(vae, () => objective, rows);

    // An objective whose state goes on with a step is made anew for every one.
    private static void RequireSame(Vae vae, Func<Objective<Vae>> objective, int rows)
    {
        using var scope = torch.NewDisposeScope();
        var batch = new Batch(torch.rand(rows, vae.Decoder.ItemShape[0]).round());
        var (plain, plainLoss) = Gradients(vae, objective(), batch, dense: null);
        using var dense = new DenseTraining(members: 1);
        // The second step writes to the memory of the first.
        for (var step = 0; step < 2; step++)
        {
            var (own, loss) = Gradients(vae, objective(), batch, dense);
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

    private sealed class OwnObjective(bool itself) : Objective<Vae>
    {
        public override bool IsBackpropagatedByTheLoop => itself || base.IsBackpropagatedByTheLoop;

        public override ObjectiveResult Compute(Vae model, Batch batch) => new Elbo().Compute(model, batch);
    }

    private sealed class OwnPrior() : Prior("own")
    {
        public override long LatentSize => 5;

        public override torch.Tensor LogProb(torch.Tensor z) => z.square().sum(-1) * -0.5;

        public override torch.Tensor Sample(long count) => torch.randn(count, LatentSize);
    }
}
