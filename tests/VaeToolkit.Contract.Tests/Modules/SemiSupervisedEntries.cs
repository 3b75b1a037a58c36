using TorchSharp;
using VaeToolkit.SemiSupervised;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the semi-supervised library.</summary>
internal static class SemiSupervisedEntries
{
    public static IEnumerable<ModuleEntry> All => [.. Parts, .. Labels, .. Models];

    /// <summary>A model of items of six values and three classes.</summary>
    public static M2Model M2(LabelPrior? labelPrior = null)
        => new(Conditional(), new MlpClassifier(6, [5], 3), new LabelSpace(3), labelPrior);

    /// <summary>Its generative half.</summary>
    public static ConditionalVae Conditional()
        => new(
            new MlpConditionalEncoder(6, 3, 2, [5]),
            new MlpConditionalDecoder(2, 3, [5], ObservationModel.Bernoulli(6)),
            new StandardNormalPrior(2));

    /// <summary>A bottleneck between six values and three classes.</summary>
    public static InformationBottleneck Bottleneck()
        => new(new LinearEncoder(6, 2), new LinearDecoder(2, new ClassLikelihood(3)), new LearnedNormalPrior(2), 6);

    private static IEnumerable<ModuleEntry> Parts =>
    [
        ModuleEntry.OfEncoder("LinearEncoder of the bottleneck", () => new LinearEncoder(6, 2), 4, 6),
        ModuleEntry.OfDecoder("LinearDecoder of the bottleneck", () => new LinearDecoder(2, ObservationModel.Bernoulli(6))),
        ModuleEntry.Of(nameof(ClassLikelihood), () => new ClassLikelihood(3), (likelihood, place)
            => -likelihood.forward(place.Centred(4, 3)).LogProb(place.OneHot(4, 3)).mean()) with { HasParameters = false },
        ModuleEntry.Of(nameof(MlpConditionalEncoder), () => new MlpConditionalEncoder(6, 3, 2, [5, 4]), (encoder, place)
            => ModuleEntry.OfPosterior(encoder.forward(place.Unit(4, 6), place.OneHot(4, 3)), place)
                + ModuleEntry.OfPosterior(encoder.ForEach(place.Unit(4, 6), place.OneHot(3, 3)), place)),
        ModuleEntry.Of(
            nameof(MlpConditionalDecoder), () => new MlpConditionalDecoder(2, 3, [5, 4], ObservationModel.SharedGaussian(6)),
            (decoder, place)
                => -decoder.forward(place.Centred(4, 2), place.OneHot(4, 3)).LogProb(place.Unit(4, 6)).mean()),
        Classifier(nameof(MlpClassifier), () => new MlpClassifier(6, [5, 4], 3), 4, 6),
        Classifier(nameof(ConvClassifier), () => new ConvClassifier([1, 8, 8], 3, channels: 2), 4, 1, 8, 8)
            with { Tolerance = ModuleEntry.DrawsNumbers },
    ];

    private static IEnumerable<ModuleEntry> Labels =>
    [
        Prior("Uniform", () => LabelPrior.Uniform(3)) with { HasParameters = false },
        Prior("Learned", () => LabelPrior.Learned(3)),
        Prior("Proportional", () => LabelPrior.Proportional([1, 2, 3])) with { HasParameters = false },
    ];

    private static IEnumerable<ModuleEntry> Models =>
    [
        ModuleEntry.Of(nameof(ConditionalVae), Conditional, (vae, place) => Bound(vae, place).mean()) with
        {
            Save = (module, path) => ((ConditionalVae)module).SaveWeights(path),
            Load = Loading<ConditionalVae>((vae, path) => vae.LoadWeights(path)),
        },
        ModuleEntry.Of(nameof(M2Model), () => M2(LabelPrior.Learned(3)), (model, place) => M2Loss(model, place)) with
        {
            Save = (module, path) => ((M2Model)module).SaveWeights(path),
            Load = Loading<M2Model>((model, path) => model.LoadWeights(path)),
        },
        ModuleEntry.Of(nameof(InformationBottleneck), Bottleneck, (model, place) => BottleneckLoss(model, place)) with
        {
            Save = (module, path) => ((InformationBottleneck)module).SaveWeights(path),
            Load = Loading<InformationBottleneck>((model, path) => model.LoadWeights(path)),
        },
    ];

    private static ModuleEntry Prior(string name, Func<LabelPrior> make)
        => ModuleEntry.Of($"LabelPrior.{name}", make, (prior, place) => -(prior.LogProbs() * place.Unit(3)).sum());

    private static ModuleEntry Classifier(string name, Func<torch.nn.Module<torch.Tensor, torch.Tensor>> make, params long[] input)
        => ModuleEntry.Of(name, make, (classifier, place)
            => torch.nn.functional.cross_entropy(classifier.call(place.Unit(input)), place.Classes(3, 4)));

    private static torch.Tensor Bound(ConditionalVae vae, Place place)
    {
        var (x, y) = (place.Unit(4, 6), place.OneHot(4, 3));
        var posterior = vae.Encode(x, y);
        return vae.Prior.AnalyticKl(posterior)! - vae.Decode(posterior.Mean, y).LogProb(x);
    }

    private static torch.Tensor M2Loss(M2Model model, Place place)
    {
        var classes = place.Classes(3, 4);
        var classification = model.LogProbs(place.Unit(4, 6)).gather(1, classes.unsqueeze(1));
        return Bound(model.Generative, place).mean() - classification.mean() - (model.LabelPrior.LogProbs() * place.Unit(3)).sum();
    }

    private static torch.Tensor BottleneckLoss(InformationBottleneck model, Place place)
    {
        var posterior = model.Encode(place.Unit(4, 6));
        return ModuleEntry.OfPosterior(posterior, place)
            + (model.Prior.AnalyticKl(posterior)! - model.Decode(posterior.Mean).LogProb(place.OneHot(4, 3))).mean();
    }

    private static Func<torch.nn.Module, string, torch.nn.Module> Loading<TModel>(Action<TModel, string> load)
        where TModel : torch.nn.Module
        => (module, path) =>
        {
            load((TModel)module, path);
            return module;
        };
}
