using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Boosting;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.DeepSurvival;
using VaeToolkit.DeepSurvival.Tests.Models;
using VaeToolkit.Mega;
using VaeToolkit.SemiSupervised;
using VaeToolkit.VisualFields;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Benchmarks;

/// <summary>A model of a family that is exported, in a usual size.</summary>
/// <param name="Name">In the table.</param>
/// <param name="Make">Makes it.</param>
/// <param name="Networks">The files that are of its own; empty for all.</param>
internal sealed record OnnxFamily(string Name, Func<torch.nn.Module> Make, params IReadOnlyList<string> Networks)
{
    private const int Pixels = 784;
    private const int Latents = 40;
    private const int Classes = 10;
    private const int Archetypes = 5;
    private const string Sampler = "sampler";
    private const string Decoder = "decoder";
    private static readonly long[] s_hidden = [300, 300];
    private static readonly long[] s_picture = [1, 28, 28];
    private static readonly long[] s_colours = [3, 32, 32];

    /// <summary>One for every family of the tests' table; likelihoods with many numbers a pixel are left out.</summary>
    public static IReadOnlyList<OnnxFamily> All { get; } =
    [
        new("MLP", () => Mlp(_ => new StandardNormalPrior(Latents))),
        new("convolutional", () => new Vae(
            new ConvEncoder(s_picture, Latents), new ConvDecoder(Latents, ObservationModel.Bernoulli(s_picture)),
            new StandardNormalPrior(Latents))),
        new("residual, 3×32×32", () => new Vae(
            new ResidualEncoder(s_colours, Latents),
            new ResidualDecoder(Latents, ObservationModel.LearnedGaussian(s_colours)), new StandardNormalPrior(Latents))),
        Likelihood("continuous Bernoulli", ObservationModel.ContinuousBernoulli(Pixels)),
        Likelihood("learned Gaussian", ObservationModel.LearnedGaussian(Pixels)),
        Likelihood("learned Laplace", ObservationModel.LearnedLaplace(Pixels)),
        Likelihood("discretised logistic", ObservationModel.DiscretisedLogistic(Pixels)),
        new("MLP, learned normal", () => Mlp(_ => new LearnedNormalPrior(Latents)), Sampler),
        new("MLP, mixture of 100", () => Mlp(_ => new MixtureOfGaussiansPrior(Latents, 100)), Sampler),
        new("MLP, VampPrior of 500", () => Mlp(encoder => new VampPrior(encoder, [Pixels], 500)), Sampler),
        new("MLP, RealNVP", () => Mlp(_ => new RealNvpPrior(Latents)), Sampler),
        new("MLP, `BoostedPrior` of 10", Boosted, Sampler),
        new("MLP, `ExpandingMixturePrior` of 10", () => Mlp(_ => new ExpandingMixturePrior(Latents, 10)), Sampler),
        new("multi-head", () => new Vae(
            new MultiHeadEncoder([Encoder(), Encoder()]),
            new MultiHeadDecoder(Latents, new MlpDecoder(Latents, s_hidden, ObservationModel.Bernoulli(Pixels)), 2),
            new StandardNormalPrior(Latents))),
        new("`DeepArchetypes` of 5", () => new DeepArchetypes(
            ArchetypeEncoder.Mlp(Pixels, Archetypes, s_hidden),
            new MlpDecoder(Archetypes - 1, s_hidden, ObservationModel.Bernoulli(Pixels)), new DirichletPrior(Archetypes),
            new MlpDecoder(Archetypes - 1, [64], ObservationModel.Gaussian(1, 2)))),
        new("`LinearVae`", () => LinearVae.Create(Vector<double>.Build.Dense(Pixels), Latents, seed: 1).to(torch.float32)),
        new("`ConditionalVae`", Conditional),
        new("`M2Model`", () => new M2Model(
            Conditional(), new MlpClassifier(Pixels, [300], Classes), new LabelSpace(Classes)), "classifier"),
        new("`InformationBottleneck`", () => new InformationBottleneck(
            Encoder(), new LinearDecoder(Latents, new ClassLikelihood(Classes)), new LearnedNormalPrior(Latents), Pixels)),
        new("`Savae`", () => new Savae(SmallStudy.Schema, timeScale: 2, SmallStudy.Treatments)),
        new("visual fields", () => FieldVae.Create(FieldLayout.TwentyFourTwo)),
        new("`KernelVae`, fully connected", () => WeightPriorEntries.Kernels(KernelArchitecture.Mlp)),
        new("`KernelVae`, convolutional", () => WeightPriorEntries.Kernels(KernelArchitecture.Convolutional)),
    ];

    private static OnnxFamily Likelihood(string name, ObservationModel likelihood)
        => new($"MLP, {name}", () => new Vae(Encoder(), new MlpDecoder(Latents, s_hidden, likelihood), new StandardNormalPrior(Latents)),
            Decoder);

    private static MlpEncoder Encoder() => new(Pixels, Latents, s_hidden);

    private static Vae Mlp(Func<Encoder, Prior> prior)
    {
        var encoder = Encoder();
        return new(encoder, new MlpDecoder(Latents, s_hidden, ObservationModel.Bernoulli(Pixels)), prior(encoder));
    }

    private static Vae Boosted()
    {
        var vae = Mlp(encoder => new BoostedPrior(encoder, [Pixels], new() { MaxComponents = 10 }));
        var prior = (BoostedPrior)vae.Prior;
        using var scope = torch.NewDisposeScope();
        prior.BeginTask(torch.rand(10, Pixels).round());
        prior.EndTask();
        return vae;
    }

    private static ConditionalVae Conditional() => new(
        new MlpConditionalEncoder(Pixels, Classes, Latents, s_hidden),
        new MlpConditionalDecoder(Latents, Classes, s_hidden, ObservationModel.Bernoulli(Pixels)), new StandardNormalPrior(Latents));
}
