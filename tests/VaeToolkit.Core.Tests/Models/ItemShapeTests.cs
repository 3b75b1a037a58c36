using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

/// <summary>What items a model takes: its own shape or flat, at least one, and finite.</summary>
public sealed class ItemShapeTests : IDisposable
{
    private static readonly long[] s_picture = [3, 8, 8];

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string> Models => ["convolutions", "flat encoder", "flat decoder"];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void Items_in_the_models_shape_and_flat_are_the_same_items(string name)
    {
        using var vae = Model(name);
        var x = torch.rand([4, .. s_picture]);
        vae.Encode(x).Mean.Values().Should().Equal(vae.Encode(x.flatten(1)).Mean.Values());
        vae.Reconstruct(x).Values().Should().Equal(vae.Reconstruct(x.flatten(1)).Values());
        var likelihood = vae.Decode(torch.zeros(4, 2));
        likelihood.LogProb(x).Values().Should().Equal(likelihood.LogProb(x.flatten(1)).Values());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Channels_last_and_every_other_shape_of_the_same_count_is_refused_wherever_items_enter(string name)
    {
        using var vae = Model(name);
        foreach (var shape in new long[][] { [4, 8, 8, 3], [4, 8, 3, 8], [4, 3, 64], [4, 3, 4, 16], [4, 1, 3, 8, 8], [4, 3, 8, 8, 1] })
        {
            var x = torch.rand(shape);
            Refused(() => vae.Encode(x));
            Refused(() => vae.Reconstruct(x));
            using var data = new TensorData(x);
            Refused(() => Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 1 }));
            Refused(() => Evaluate.Reconstruction(vae, data));
            Refused(() => Evaluate.ActiveUnits(vae, data));
            Refused(() => Evaluate.MarginalKl(vae, data));
            Refused(() => Evaluate.AnnealedImportanceSampling(vae, data, new() { Chains = 1, Temperatures = 1 }));
            Refused(() => LatentPictures.Scatter(vae, data, side: 16));
            Refused(() => LatentPictures.Interpolation(vae, x, x));
            FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 1, BatchSize = 2 }))
                .Should().Throw<PreFlightException>().WithMessage($"*{string.Join(", ", shape[1..])}*");
            using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
            using var batch = new Batch(x.clone());
            foreach (var objective in new Objective<Vae>[] { new Elbo(), new Iwae(2), new Geco(), new GecoIwae(2), new Autoencoder() })
                Refused(() => TrainingLoop.Step(vae, objective, batch, optimizer));
            if (name == "flat decoder")
                continue;
            Refused(() => vae.Decode(torch.zeros(4, 2)).LogProb(x));
            Refused(() => vae.Decode(torch.zeros(4, 2)).MeanLogProb(x));
            Refused(() => ReconstructionConstraint.SquaredErrorPerItem(1).Error(vae.Decode(torch.zeros(4, 2)), x));
        }
    }

    [Fact]
    public void A_shape_with_its_axes_in_another_order_is_told_so()
    {
        using var vae = Model("convolutions");
        FluentActions.Invoking(() => vae.Encode(torch.rand(4, 8, 8, 3))).Should().Throw<ArgumentException>()
            .WithMessage("x has shape [4, 8, 8, 3]; it must be [N, 3, 8, 8], or flat, with 192 values an item; its axes are in another "
                + "order, so permute them first*");
    }

    [Fact]
    public void A_model_of_flat_items_takes_pictures_as_it_did()
    {
        using var vae = new Vae(
            new MlpEncoder(64, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(64)), new StandardNormalPrior(2));
        var x = torch.rand(4, 1, 8, 8);
        vae.Encode(x).Mean.Values().Should().Equal(vae.Encode(x.flatten(1)).Mean.Values());
        vae.Decode(torch.zeros(4, 2)).LogProb(x).shape.Should().Equal(4);
        FluentActions.Invoking(() => vae.Encode(torch.rand(4, 65))).Should().Throw<ArgumentException>().WithMessage("*[4, 65]*64 values*");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Nothing_and_values_that_are_no_numbers_are_refused_in_one_sentence(string name)
    {
        using var vae = Model(name);
        var likelihood = vae.Decode(torch.zeros(4, 2));
        var none = torch.zeros([0, .. s_picture]);
        FluentActions.Invoking(() => vae.Encode(none)).Should().Throw<ArgumentException>().WithMessage("*at least one item*");
        FluentActions.Invoking(() => vae.Reconstruct(none)).Should().Throw<ArgumentException>().WithMessage("*at least one item*");
        FluentActions.Invoking(() => likelihood.LogProb(none)).Should().Throw<ArgumentException>().WithMessage("*at least one item*");
        FluentActions.Invoking(() => vae.Encoder.forward(none)).Should().Throw<ArgumentException>().WithMessage("*at least one item*");
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var x = torch.rand([4, .. s_picture]);
            x[2, 1, 3, 5] = bad;
            foreach (var items in new[] { x, x.flatten(1) })
            {
                FluentActions.Invoking(() => vae.Encode(items))
                    .Should().Throw<ArgumentException>().WithMessage(
                        "x holds NaN or infinity in item 2, at " + (items.Dimensions == 2 ? "[2, 93]" : "[2, 1, 3, 5]") + "; mask *");
                FluentActions.Invoking(() => vae.Reconstruct(items)).Should().Throw<ArgumentException>().WithMessage("*item 2*");
                FluentActions.Invoking(() => likelihood.LogProb(items)).Should().Throw<ArgumentException>().WithMessage("*item 2*");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Latent_vectors_that_are_no_numbers_are_refused_but_where_gradients_flow(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var vae = Model(name);
        using var frozen = vae.Freeze();
        var z = torch.zeros(3, 4, 2);
        z[1, 2, 0] = float.NaN;
        foreach (var decode in new Func<torch.Tensor, Likelihood>[] { vae.Decode, frozen.Decode })
        {
            FluentActions.Invoking(() => decode(z)).Should().Throw<ArgumentException>()
                .WithMessage("z holds NaN or infinity in item 1, at [1, 2, 0]; mask or replace such values first*");
            FluentActions.Invoking(() => decode(z[1])).Should().Throw<ArgumentException>().WithMessage("z *in item 2, at [2, 0]*");
            decode(z[0]).Mean.shape[0].Should().Be(4);
        }
        // What a step has drawn is not read: its loss is.
        vae.Decode(z[1].clone().requires_grad_()).Mean.isnan().any().ToBoolean().Should().BeTrue();
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.Float64)]
    [InlineData(torch.ScalarType.Float16)]
    public void Every_place_of_a_row_is_looked_at(torch.ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        for (var length = 1; length <= 35; length++)
        {
            var values = torch.full([1, length], -6e4, type);
            FluentActions.Invoking(() => Shape.RequireFinite(values, "x")).Should().NotThrow();
            for (var at = 0; at < length; at++)
            {
                foreach (var bad in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
                {
                    var broken = values.clone();
                    broken[0, at] = bad;
                    FluentActions.Invoking(() => Shape.RequireFinite(broken, "x")).Should().Throw<ArgumentException>()
                        .WithMessage($"x holds NaN or infinity in item 0, at [0, {at}];*");
                    // Not contiguous.
                    FluentActions.Invoking(() => Shape.RequireFinite(broken.t(), "x")).Should().Throw<ArgumentException>()
                        .WithMessage($"x holds NaN or infinity in item {at}, at [{at}, 0];*");
                }
            }
        }
        Shape.RequireFinite(torch.full([2, 3], double.MaxValue, torch.float64), "x");
        Shape.RequireFinite(torch.full([2, 3], float.MaxValue, torch.float32), "x");
    }

    private static void Refused(Action act) => act.Should().Throw<ArgumentException>().Which.Message.Should().Contain("it must be [N, ");

    private static Vae Model(string name) => new(
        name == "flat encoder" ? new MlpEncoder(192, 2, [5]) : new ConvEncoder(s_picture, 2, [4, 5], 6),
        name == "flat decoder" ? new MlpDecoder(2, [5], ObservationModel.Bernoulli(192))
            : new ConvDecoder(2, ObservationModel.Bernoulli(s_picture), [4, 5], 6),
        new StandardNormalPrior(2));
}
