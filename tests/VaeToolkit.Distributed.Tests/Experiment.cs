using TorchSharp;
using VaeToolkit.Boosting;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>A short training by its name, the same for one process, for threads and for processes that are ranks.</summary>
internal sealed record Experiment(string Name, TrainingOptions Options)
{
    // 61 items in batches of 20: the last has one item, so that three of four ranks have none.
    private const int Items = 61;
    private const int Features = 12;
    private const int LatentSize = 3;

    /// <summary>Every kind of training that ranks can divide.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "elbo", "elbo-sampled", "beta-warm-up", "capacity", "free-nats", "autoencoder", "iwae", "iwae-chunks", "iwae-doubly", "geco",
        "geco-iwae", "mixture", "vamp", "vamp-dropout", "vamp-dropout-10", "boosted", "convolutional", "dropout", "m2", "m2-drawn",
        "m2-bound", "m2-labels", "float64", "bottleneck", "clipped", "merged", "sgd", "capacity-sgd", "iwae-chunks-sgd", "m2-sgd",
    ];

    // Adam does not see a scale that all gradients have in common; SGD does.
    private const string BySgd = "-sgd";

    private string Kind => Name.EndsWith(BySgd, StringComparison.Ordinal) ? Name[..^BySgd.Length] : Name;

    /// <summary>Those whose halves one process computes side by side.</summary>
    public static IReadOnlyList<string> InHalves { get; } = ["elbo", "iwae", "geco", "geco-iwae", "mixture", "vamp", "clipped"];

    public static TrainingOptions Short => new()
    {
        Epochs = 3,
        BatchSize = 20,
        Seed = 5,
        LearningRate = 0.01,
        SplitBatches = false,
    };

    /// <summary>Trains once.</summary>
    /// <param name="made">The model that was made for this rank, or null to make it now.</param>
    public Outcome Run(Trainee? made = null, CancellationToken cancellation = default)
    {
        using var trainee = made ?? Make();
        return trainee.Train(Name switch
        {
            "clipped" => Options with { GradientClip = 0.5 },
            "merged" => Options with { LastBatch = LastBatch.Merge, Patience = 1 },
            "sgd" or "capacity-sgd" or "iwae-chunks-sgd" or "m2-sgd"
                => Options with { Optimizer = parameters => torch.optim.SGD(parameters, 0.01, momentum: 0.9) },
            _ => Options,
        }, cancellation);
    }

    /// <summary>Makes model, objective and data, from seeds of their own.</summary>
    public Trainee Make(long seedOfWeights = 3)
    {
        using var seed = SeedScope.Begin(seedOfWeights);
        return Kind switch
        {
            "m2" or "m2-drawn" or "m2-bound" or "m2-labels" => SemiSupervised(),
            "bottleneck" => Bottleneck(),
            "convolutional" => Convolutional(),
            _ => Usual(),
        };
    }

    public static TensorData Data(int count = Items, int seed = 11, long[]? shape = null, bool labelled = false)
    {
        // Ranks on threads share torch's generator, from which the others' layers may be drawn meanwhile.
        using var random = new torch.Generator((ulong)seed, torch.CPU);
        var labels = torch.arange(count) % 3;
        shape ??= [Features];
        // Classes differ in how bright they are.
        var brightness = (labels.to(torch.float32) * 0.2).reshape([count, .. shape.Select(_ => 1L)]);
        return new TensorData((torch.rand([count, .. shape], generator: random) * 0.6 + brightness).clamp(0, 1), labelled ? labels : null);
    }

    private Trainee<Vae> Usual()
    {
        Encoder encoder = Kind.Contains("dropout", StringComparison.Ordinal)
            ? new EncoderWithDropout(Features, LatentSize) : new MlpEncoder(Features, LatentSize, [16]);
        var decoder = new MlpDecoder(LatentSize, [16], ObservationModel.Bernoulli(Features));
        var data = Data();
        Prior prior = Kind switch
        {
            "mixture" => new MixtureOfGaussiansPrior(LatentSize, 4),
            "vamp" or "vamp-dropout" => new VampPrior(encoder, [Features], components: 5),
            // As many as two ranks have items of a batch.
            "vamp-dropout-10" => new VampPrior(encoder, [Features], components: 10),
            "boosted" => new BoostedPrior(encoder, [Features], new() { MaxComponents = 3, Steps = 30 }),
            _ => new StandardNormalPrior(LatentSize),
        };
        Objective<Vae> objective = Kind switch
        {
            "elbo-sampled" => new Elbo(new() { Kl = KlEstimator.Sampled, Samples = 2 }),
            "beta-warm-up" => new Elbo(new() { Beta = BetaWeight.OnKl(2), WarmUp = BetaWarmUp.OverSteps(5) }),
            "capacity" => new Elbo(new() { Capacity = new(2, 6, 10) }),
            "free-nats" => new Elbo(new() { FreeNats = 0.03 }),
            "autoencoder" => new Autoencoder(),
            "iwae" => new Iwae(4),
            "iwae-chunks" => new Iwae(4, new() { ChunkSize = 3 }),
            "iwae-doubly" => new Iwae(4, new() { Estimator = GradientEstimator.DoublyReparameterised }),
            "geco" => new Geco(new() { Tolerance = 0.05 }),
            "geco-iwae" => new GecoIwae(3, new() { Tolerance = 0.05 }),
            _ => new Elbo(),
        };
        var vae = new Vae(encoder, decoder, prior);
        if (Kind == "float64")
            return new(vae.to(torch.float64), objective, InFloat64(data), InFloat64(Data(count: 30, seed: 12)), []);
        IReadOnlyList<ITrainingCallback<Vae>> callbacks = prior is BoostedPrior boosted
            ? [new BoostedGrowth(boosted, data, new() { StepsPerComponent = 4, Components = 3, SubsetSize = 30, PruneAt = 10 })] : [];
        return new(vae, objective, data, Data(count: 30, seed: 12), callbacks);
    }

    private static TensorData InFloat64(TensorData data)
    {
        using (data)
            return new(data.InOrder((int)data.Count).Select(batch => batch.Items.to(torch.float64)).First());
    }

    private static Trainee<Vae> Convolutional() => new(
        new Vae(
            new ConvEncoder([1, 8, 8], LatentSize, [4, 8]),
            new ConvDecoder(LatentSize, ObservationModel.Bernoulli(1, 8, 8), [8, 4]), new StandardNormalPrior(LatentSize)),
        new Elbo(), Data(shape: [1, 8, 8]), Data(count: 30, seed: 12, shape: [1, 8, 8]), []);

    private Trainee<M2Model> SemiSupervised()
    {
        var labels = new LabelSpace(3);
        var model = new M2Model(
            new ConditionalVae(
                new MlpConditionalEncoder(Features, 3, LatentSize, [16]),
                new MlpConditionalDecoder(LatentSize, 3, [16], ObservationModel.Bernoulli(Features)), new StandardNormalPrior(LatentSize)),
            new MlpClassifier(Features, [8], 3), labels);
        // One of two ranks has labelled rows alone, the other none.
        var (labelled, rows) = Kind is "m2-bound" or "m2-labels" ? (30, 20) : (9, 3);
        var data = new SemiSupervisedData(Data(count: labelled, seed: 13, labelled: true), Data(), labels, labelledBatch: rows);
        if (Kind == "m2-labels")
        {
            foreach (var held in model.Generative.parameters().Concat(model.LabelPrior.parameters()))
                held.requires_grad = false;
        }
        var options = new M2Options { DrawnClass = Kind == "m2-drawn" ? new() : null };
        return new(model, new M2Objective(labelled, Items, Kind switch
        {
            "m2-bound" => options with { Alpha = AlphaWeight.OnClassification(0, AlphaConvention.MeanOverLabelled) },
            "m2-labels" => options with { Alpha = AlphaWeight.OnBound(0) },
            _ => options,
        }), data, null, []);
    }

    private static Trainee<InformationBottleneck> Bottleneck() => new(
        new InformationBottleneck(
            new MlpEncoder(Features / 2, LatentSize, [8]), new LinearDecoder(LatentSize, ObservationModel.Bernoulli(Features / 2)),
            new StandardNormalPrior(LatentSize), Features / 2),
        new BottleneckObjective(), Data(), null, []);
}
