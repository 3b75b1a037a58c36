using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

/// <summary>Finite items of which float32 networks make NaN: infinity less infinity in the second layer.</summary>
public sealed class FarItemTests : IDisposable
{
    private const long Values = 20;
    private const int Far = 250;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly Vae _vae;
    private readonly torch.Tensor _items;

    public FarItemTests()
    {
        using var seed = SeedScope.Begin(5);
        _vae = new(
            new MlpEncoder(Values, 2, [50, 50]), new MlpDecoder(2, [50], ObservationModel.Gaussian(1, Values)),
            new StandardNormalPrior(2));
        using (torch.no_grad())
        {
            // So large that the first layer overflows to both sides, however its sums are taken.
            foreach (var (name, parameter) in _vae.Encoder.named_parameters())
                parameter.mul_(name == "trunk.fc1.weight" ? 20 : 1);
        }
        _items = torch.randn(300, Values) / 20;
        _items[Far] = torch.full(Values, 3e38f);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _vae.Dispose();
    }

    [Fact]
    public void The_item_is_named_instead_of_a_NaN_code_or_reconstruction()
    {
        using var frozen = _vae.Freeze();
        var problem = $"the answer for item {Far} of x is NaN: its values are too large for the model*";
        Refused(() => _vae.Encode(_items), problem);
        Refused(() => _vae.Reconstruct(_items), problem);
        Refused(() => frozen.Encode(_items), problem);
        Refused(() => frozen.Reconstruct(_items), problem);
        var others = _items.narrow(0, 0, Far);
        frozen.Encode(others).Mean.Values().Should().Equal(_vae.Encode(others).Mean.Values(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void A_latent_vector_that_cannot_be_decoded_is_named_and_steps_of_training_go_on()
    {
        using var frozen = _vae.Freeze();
        using (torch.no_grad())
            _vae.Decoder.parameters().ToList().ForEach(parameter => parameter.mul_(20));
        using var far = _vae.Freeze();
        var z = torch.randn(6, 2);
        z[4] = torch.full(2, 3e38f);
        const string problem = "the answer for item 4 of z is NaN: its values are too large for the model*";
        Refused(() => _vae.Decode(z), problem);
        Refused(() => far.Decode(z), problem);
        Refused(() => _vae.Decode(torch.stack([z, z * 0.5])), problem);
        frozen.Decode(z.narrow(0, 0, 4)).Mean.isfinite().all().ToBoolean().Should().BeTrue();
        _vae.Decode(z.clone().requires_grad_()).Mean.shape.Should().Equal(6, Values);
    }

    [Fact]
    public void Of_every_parameter_that_a_decoder_makes_NaN_is_found()
    {
        var (fine, bad) = (torch.zeros(3, 4), torch.zeros(3, 4));
        bad[1, 2] = float.NaN;
        // Not in the first of the levels and of the components, which is all that their base has.
        var levels = torch.zeros(3, 256, 4);
        levels[1, 200, 2] = float.NaN;
        var (components, badOne) = (torch.zeros(3, 2, 4), torch.zeros(3, 2, 4));
        badOne[1, 1, 2] = float.NaN;
        foreach (var likelihood in new Likelihood[]
                 {
                     new BernoulliLikelihood(bad), new ContinuousBernoulliLikelihood(bad), new GaussianLikelihood(bad, 1),
                     new GaussianLikelihood(fine, bad), new LaplaceLikelihood(fine, bad), new DiscretisedLogisticLikelihood(fine, bad),
                     new CategoricalLikelihood(levels), new DiscretisedLogisticMixtureLikelihood(badOne, components, components),
                     new DiscretisedLogisticMixtureLikelihood(components, badOne, components),
                     new DiscretisedLogisticMixtureLikelihood(components, components, badOne),
                 })
        {
            Refused(() => Shape.RequireAnswers(likelihood, torch.zeros(3, 2), "z"), "the answer for item 1 of z is NaN*");
            Shape.RequireAnswers(likelihood, torch.zeros(3, 2).requires_grad_(), "z").Should().BeSameAs(likelihood);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_number_that_all_items_share_is_no_item_s(int items)
    {
        var shared = new GaussianLikelihood(torch.zeros(items, 4), torch.tensor(float.NaN));
        Refused(() => Shape.RequireAnswers(shared, torch.zeros(items, 2), "z"), "a number that all answers for z share is NaN*");
        Refused(
            () => Shape.RequireAnswers(new BernoulliLikelihood(torch.full([items, 1], float.NaN)), torch.zeros(items, 2), "z"),
            "the answer for item 0 of z is NaN*");
    }

    [Fact]
    public void Active_units_and_the_marginal_divergence_name_the_item_of_the_data_not_of_the_batch()
    {
        using var data = new TensorData(_items);
        Refused(() => Evaluate.ActiveUnits(_vae, data, batchSize: 100), $"the answer for item {Far} of data is NaN*");
        Refused(() => Evaluate.MarginalKl(_vae, data, new() { BatchSize = 100 }), $"the answer for item {Far} of data is NaN*");
    }

    [Fact]
    public void A_normal_item_without_finite_contributions_does_not_take_those_of_all_others()
    {
        // (x − μ)² of it is infinite, its code is not.
        _items[Far] = torch.full(Values, 1e25f);
        using var data = new TensorData(_items);
        Refused(
            () => AnomalyDetector.Fit(_vae, data, new() { Measure = AnomalyMeasure.LatentKl, Importance = new() { BatchSize = 64 } }),
            $"a value of normal item {Far} contributes infinity or NaN to its score*");
    }

    private static void Refused(Action action, string problem)
        => action.Should().ThrowExactly<ArithmeticException>().WithMessage(problem);
}
