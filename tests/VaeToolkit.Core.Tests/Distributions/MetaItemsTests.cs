using TorchSharp;

namespace VaeToolkit.Tests.Distributions;

/// <summary>Tensors without values, or elsewhere, that meet distributions which have some.</summary>
public sealed class MetaItemsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly torch.Tensor _zeros = torch.zeros(2, 3);
    private readonly torch.Tensor _meta = torch.zeros([2, 3], device: torch.META);

    public static TheoryData<string> Kinds => new(
        "Bernoulli", "ContinuousBernoulli", "Gaussian", "Gaussian by value", "Laplace", "DiscretisedLogistic", "Categorical");

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Likelihoods_name_both_devices(string kind)
    {
        Likelihood likelihood = kind switch
        {
            "Bernoulli" => new BernoulliLikelihood(_zeros),
            "ContinuousBernoulli" => new ContinuousBernoulliLikelihood(_zeros),
            "Gaussian" => new GaussianLikelihood(_zeros, 1),
            "Gaussian by value" => new GaussianLikelihood(_zeros, _zeros),
            "Laplace" => new LaplaceLikelihood(_zeros, _zeros),
            "DiscretisedLogistic" => new DiscretisedLogisticLikelihood(_zeros, _zeros),
            _ => new CategoricalLikelihood(torch.zeros(2, 256, 3)),
        };
        foreach (var density in new Func<torch.Tensor, torch.Tensor>[] { likelihood.LogProb, likelihood.LogProbOfChecked })
        {
            FluentActions.Invoking(() => density(_meta)).Should().ThrowExactly<ArgumentException>()
                .WithMessage("x is on meta, the likelihood's parameters are on cpu; meta keeps no values*");
        }
        FluentActions.Invoking(() => likelihood.ExplainOutsideSupport(_meta)).Should().ThrowExactly<ArgumentException>()
            .WithMessage("*'meta', which keeps no values*");
        FluentActions.Invoking(() => likelihood.FindOutsideSupport(_meta)).Should().ThrowExactly<ArgumentException>();
    }

    [Fact]
    public void So_do_priors_with_weights()
    {
        using var prior = new MixtureOfGaussiansPrior(2, 3);
        FluentActions.Invoking(() => prior.LogProb(torch.zeros([2, 2], device: torch.META))).Should().ThrowExactly<ArgumentException>()
            .WithMessage("z is on meta, the weights of MixtureOfGaussiansPrior on cpu; meta keeps no values*")
            .Which.Message.Should().NotContain("\n");
    }

    [Fact]
    public void So_do_models_whichever_of_the_two_has_no_values()
    {
        using var vae = new Vae(
            new MlpEncoder(3, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(3)), new StandardNormalPrior(2));
        using var frozen = vae.Freeze();
        var latents = torch.zeros([2, 2], device: torch.META);
        foreach (var (call, part, name) in new (Action, string, string)[]
                 {
                     (() => vae.Encode(_meta), "MlpEncoder", "x"), (() => vae.Reconstruct(_meta), "MlpEncoder", "x"),
                     (() => vae.Decode(latents), "MlpDecoder", "z"), (() => vae.Encoder.forward(_meta), "MlpEncoder", "input"),
                     (() => frozen.Encode(_meta), "MlpEncoder", "x"), (() => frozen.Decode(latents), "MlpDecoder", "z"),
                     (() => frozen.Reconstruct(_meta), "MlpEncoder", "x"), (() => frozen.AnomalyScore(_meta), "MlpEncoder", "x"),
                 })
        {
            call.Should().ThrowExactly<ArgumentException>()
                .WithMessage($"{name} is on meta, the weights of {part} on cpu; meta keeps no values*")
                .Which.Message.Should().NotContain("\n");
        }
        vae.Decode(torch.zeros(2, 2)).Invoking(given => given.LogProb(_meta)).Should().ThrowExactly<ArgumentException>();
        vae.to(torch.META);
        foreach (var call in new Action[] { () => vae.Encode(_zeros), () => vae.Reconstruct(_zeros), () => vae.Decode(torch.zeros(2, 2)) })
            call.Should().ThrowExactly<ArgumentException>().WithMessage("* is on cpu, the weights of Mlp*coder on meta; *");
        // All on meta has shapes, as it should.
        vae.Encode(_meta).Mean.shape.Should().Equal(2, 2);
    }

    [Fact]
    public void So_do_posteriors()
    {
        var posterior = new DiagonalNormal(_zeros, _zeros);
        foreach (var use in new Func<torch.Tensor, torch.Tensor>[] { posterior.LogProb, posterior.Reparameterise })
            FluentActions.Invoking(() => use(_meta)).Should().ThrowExactly<ArgumentException>().WithMessage("z is on meta, *on cpu*");
        // All on meta has shapes, as it should.
        new DiagonalNormal(_meta, _meta).LogProb(_meta).shape.Should().Equal(2);
    }
}
