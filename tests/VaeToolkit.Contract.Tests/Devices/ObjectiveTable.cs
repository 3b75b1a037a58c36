using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Boosting;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Mega;
using VaeToolkit.Molecules;
using VaeToolkit.SemiSupervised;
using VaeToolkit.VisualFields;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>All objectives of the library, by name.</summary>
internal static class ObjectiveTable
{
    private const string ReadsItsConstraint = "the moving average of the constraint is a number, read at every step";
    private const string ReadsLabels = "labels are checked where they enter; what follows is in the table of modules";

    public static IReadOnlyDictionary<string, ObjectiveEntry> Entries { get; }
        = new[] { Bounds(), ImportanceBounds(), Constrained(), Siblings(), Networks() }.SelectMany(entries => entries).ToDictionary();

    private static Dictionary<string, ObjectiveEntry> Bounds() => new()
    {
        ["Elbo"] = ObjectiveEntry.OfVae(() => new Elbo()),
        ["Elbo of three samples"] = ObjectiveEntry.OfVae(
            () => new Elbo(new() { Samples = 3, Beta = BetaWeight.OnKl(4), WarmUp = BetaWarmUp.OverSteps(10) })),
        ["Elbo with capacity"] = ObjectiveEntry.OfVae(
            () => new Elbo(new() { Capacity = new(2, 10), Beta = BetaWeight.OnReconstruction(2) })),
        ["Elbo with free bits"] = ObjectiveEntry.OfVae(() => new Elbo(new() { FreeNats = 0.5 })),
        ["Elbo with sampled divergence"] = ObjectiveEntry.OfVae(() => new Elbo(new() { Kl = KlEstimator.Sampled })),
        ["Elbo with a learned prior"] = ObjectiveEntry.OfVae(() => new Elbo(), () => CoreEntries.SmallVae(_ => new LearnedNormalPrior(2))),
        ["Elbo with a flow"] = ObjectiveEntry.OfVae(() => new Elbo(), () => CoreEntries.SmallVae(_ => new RealNvpPrior(2, 2, [4]))),
        ["Elbo with pseudo-inputs"] = ObjectiveEntry.OfVae(
            () => new Elbo(), () => CoreEntries.SmallVae(encoder => new VampPrior(encoder, [6], 20))),
        ["Elbo of sequences"] = ObjectiveEntry.Of(
            _ => new Elbo(), () => SequenceEntries.SmallVae(), place => new Batch(SequenceEntries.Rows(place))),
        ["Autoencoder"] = ObjectiveEntry.OfVae(() => new Autoencoder()),
        ["WaeMmd"] = ObjectiveEntry.OfVae(() => new WaeMmd()),
        ["WaeMmd of likelihoods"] = ObjectiveEntry.OfVae(() => new WaeMmd(new()
        {
            Cost = ReconstructionCost.NegativeLogLikelihood,
            Kernel = MmdKernel.Gaussian(1, 4),
            Estimator = MmdEstimator.Biased,
        })),
        ["InfoVae"] = ObjectiveEntry.OfVae(() => new InfoVae()),
        ["InfoVae with a divergence"] = ObjectiveEntry.OfVae(() => new InfoVae(new() { InformationPreference = 0.5 })),
        ["InfoVae with a flow"] = ObjectiveEntry.OfVae(
            () => new InfoVae(new() { InformationPreference = 0.5 }), () => CoreEntries.SmallVae(_ => new RealNvpPrior(2, 2, [4]))),
    };

    private static Dictionary<string, ObjectiveEntry> ImportanceBounds()
    {
        var entries = new Dictionary<string, ObjectiveEntry>
        {
            ["Renyi"] = ObjectiveEntry.OfVae(() => new Iwae(3, new() { RenyiOrder = 0.5 })),
            ["Ciwae"] = ObjectiveEntry.OfVae(() => new Iwae(3, new() { ElboShare = 0.5, Groups = 2 })),
        };
        foreach (var estimator in Enum.GetValues<GradientEstimator>())
        {
            entries.Add($"Iwae, {estimator}", ObjectiveEntry.OfVae(() => new Iwae(3, new() { Estimator = estimator })));
            var inChunks = new IwaeOptions { Estimator = estimator, ChunkSize = 2 };
            entries.Add($"Iwae in chunks, {estimator}", ObjectiveEntry.OfVae(() => new Iwae(3, inChunks)));
        }
        return entries;
    }

    // Sensitivities at all places of the layout.
    private static torch.Tensor Fields(Place place)
    {
        using var decoder = new FieldDecoder(2, FieldLayout.TwentyFourTwo);
        var sensitivities = place.Levels(4, 1, 12, 12);
        var places = decoder.get_buffer("places")!.to(sensitivities.dtype, sensitivities.device);
        return torch.cat([sensitivities, places.expand_as(sensitivities)], 1);
    }

    private static Dictionary<string, ObjectiveEntry> Constrained() => new()
    {
        ["Geco"] = ObjectiveEntry.OfVae(() => new Geco()) with { NotOnMeta = ReadsItsConstraint },
        ["GecoIwae"] = ObjectiveEntry.OfVae(() => new GecoIwae(3)) with { NotOnMeta = ReadsItsConstraint },
    };

    private static Dictionary<string, ObjectiveEntry> Siblings()
    {
        var entries = new Dictionary<string, ObjectiveEntry>
        {
            ["ArchetypeObjective"] = ObjectiveEntry.Of(
                _ => new ArchetypeObjective(new() { Samples = 2, KlDecay = new(5) }), ArchetypeEntries.WithSide,
                place => new Batch(place.Levels(4, 8))),
            ["PenalisedBound"] = ObjectiveEntry.OfVae(() => Penalised()),
            ["BottleneckObjective"] = ObjectiveEntry.Of(
                _ => new BottleneckObjective(new() { Samples = 2, Beta = BetaWeight.OnKl(0.1) }), SemiSupervisedEntries.Bottleneck,
                place => new Batch(torch.cat([place.Unit(4, 6), place.OneHot(4, 3)], 1))),
            ["CrossEntropy"] = ObjectiveEntry.Of(
                _ => new CrossEntropy(), () => (torch.nn.Module<torch.Tensor, torch.Tensor>)new MlpClassifier(6, [5], 3),
                place => new Batch(place.Unit(4, 6), place.Classes(3, 4))),
            ["M2Objective without labels"] = M2(place => new Batch(place.Levels(4, 6))),
            ["M2Objective of drawn classes"] = M2(
                place => new Batch(place.Levels(4, 6)), new() { DrawnClass = new(), Samples = 2, Kl = KlEstimator.Sampled }),
            ["M2Objective with labels"]
                = M2(place => new Batch(place.Levels(4, 6), place.Classes(3, 4) - 1)) with { NotOnMeta = ReadsLabels },
            ["ConditionalElbo"] = Conditional() with { NotOnMeta = ReadsLabels },
            ["MoleculeElbo"] = ObjectiveEntry.Of(
                _ => new MoleculeElbo(), () => MoleculeEntries.Model(), place => new Batch(MoleculeEntries.Items(place))),
            ["SavaeElbo"] = ObjectiveEntry.Of(
                _ => new SavaeElbo(new() { Samples = 2, LogShapePenalty = 0.1, PredictiveWeight = 0.5, PredictiveDraws = 7 }),
                () => SurvivalEntries.Model(),
                place => new Batch(SurvivalEntries.Items(place))),
        };
        entries.Add("WaeMmd of points of fields", ObjectiveEntry.Of(
            _ => FieldVae.Objective(FieldLayout.TwentyFourTwo, new() { LatentSize = 2, Regulariser = FieldRegulariser.Mmd }),
            VisualFieldEntries.Points, place => new Batch(Fields(place))));
        foreach (var term in Enum.GetValues<MegaTerm>())
        {
            var options = new MegaOptions { Term = term, Draws = 5 };
            var moments = DataMoments.Of(Place.Wide.Unit(9, 6));
            entries.Add($"MegaRegularised, {term}", ObjectiveEntry.OfVae(() => new MegaRegularised(new Elbo(), moments, options)));
            entries.Add($"MegaRegularised of batches, {term}", ObjectiveEntry.OfVae(() => new MegaRegularised(new Elbo(), null, options)));
        }
        return entries;
    }

    private static Dictionary<string, ObjectiveEntry> Networks() => new()
    {
        ["SegmentationObjective"] = ObjectiveEntry.Of(
            _ => new SegmentationObjective(), () => new UNet3d(WeightPriorEntries.Small), Volumes),
        ["DeepWeightPriorObjective"] = DeepWeightPrior(_ => new GaussianKernelPrior(27, 0.1)),
        ["DeepWeightPriorObjective, learned"] = DeepWeightPrior(LearnedKernels),
        ["DeepWeightPriorObjective, learned, of means"] = DeepWeightPrior(
            LearnedKernels, new() { Samples = 2, ReverseInput = ReverseInput.Mean }),
        ["DeepWeightPriorObjective, learned, of some"] = DeepWeightPrior(LearnedKernels, new() { ImportanceSamples = 3 }, kernels: 3),
    };

    private static ObjectiveEntry M2(Func<Place, Batch> batch, M2Options? options = null)
        => ObjectiveEntry.Of(_ => new M2Objective(2, 2, options), () => SemiSupervisedEntries.M2(), batch);

    private static ObjectiveEntry Conditional() => ObjectiveEntry.Of(
        _ => new ConditionalElbo(new LabelSpace(3), samples: 2), SemiSupervisedEntries.Conditional,
        place => new Batch(place.Levels(4, 6), place.Classes(3, 4)));

    private static Objective<Vae> Penalised()
    {
        var type = typeof(ContinualTrainer).Assembly.GetType("VaeToolkit.Boosting.PenalisedBound", throwOnError: true)!;
        return (Objective<Vae>)Activator.CreateInstance(type, new List<ContinualStrategy>(), 2)!;
    }

    private static Batch Volumes(Place place) => new(place.Centred(1, 1, 4, 5, 4), place.Classes(2, 1, 4, 5, 4));

    private static VaeKernelPrior LearnedKernels(Place place)
        => new(place.Move(WeightPriorEntries.Kernels(WeightPriors.KernelArchitecture.Mlp)), scale: 0.1, adaptReverse: true);

    private static ObjectiveEntry DeepWeightPrior(Func<Place, KernelPrior> prior, KernelBoundOptions? bound = null, int? kernels = null)
    {
        using var like = new BayesianUNet3d(WeightPriorEntries.Small);
        var grouping = WeightPriors.KernelGrouping.Custom(like.KernelLayers, _ => "all");
        var options = new DeepWeightPriorOptions { Volumes = 3, Bound = bound ?? new(), KernelsPerGroup = kernels };
        return ObjectiveEntry.Of(
            place => Objective(new WeightPrior(grouping, new Dictionary<string, KernelPrior> { ["all"] = prior(place) }), options),
            () => new BayesianUNet3d(WeightPriorEntries.Small), Volumes);
    }

    private static DeepWeightPriorObjective Objective(WeightPrior prior, DeepWeightPriorOptions options)
    {
        using var network = new BayesianUNet3d(WeightPriorEntries.Small);
        return new(prior, network, options);
    }
}
