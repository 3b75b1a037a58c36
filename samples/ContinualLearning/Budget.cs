using VaeToolkit.Boosting;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Samples;

/// <summary>How much is learned and how thoroughly.</summary>
internal sealed record Budget
{
    public required string Name { get; init; }

    public required int Tasks { get; init; }

    public required string Strategies { get; init; }

    public required ContinualOptions Training { get; init; }

    /// <summary>K, components a task.</summary>
    public required int Components { get; init; }

    /// <summary>Images used, of all classes together.</summary>
    public int Images { get; init; } = int.MaxValue;

    public int TestImages { get; init; } = int.MaxValue;

    public FeatureClassifierOptions Classifier { get; init; } = new();

    /// <summary>λ of elastic weight consolidation.</summary>
    public double Consolidation { get; init; } = 1000;

    public static IReadOnlyList<Budget> All { get; } =
    [
        new()
        {
            Name = "short", Tasks = 2, Strategies = "standard,boosted", Images = 6_000, TestImages = 1_000, Components = 3,
            Classifier = new() { Epochs = 2 },
            Training = new() { Epochs = 6, WarmUpEpochs = 2, Likelihood = new() { Samples = 20, Seed = 99 } },
        },
        new()
        {
            Name = "default", Tasks = 4, Strategies = "standard,ewc,boosted,boosted_ewc", Components = 10,
            Training = new() { Epochs = 15, WarmUpEpochs = 5, Likelihood = new() { Samples = 100, Seed = 99 } },
        },
        new()
        {
            Name = "reference", Tasks = 4, Strategies = "standard,ewc,mog,boosted,boosted_fast,boosted_ewc", Components = 15,
            Thorough = true, Classifier = new() { Epochs = 2 }, Training = new(),
        },
    ];

    /// <summary>Whether components are found as published: 1000 steps of one sample.</summary>
    public bool Thorough { get; init; }

    /// <summary>How components are found.</summary>
    public BoostedPriorOptions Step => Thorough ? new() { MaxComponents = Components } : Fast;

    /// <summary>
    /// A twelfth of the published steps, each with 32 samples of the candidate in place of one, so that ten times the step size does.
    /// </summary>
    public BoostedPriorOptions Fast => new() { MaxComponents = Components, Steps = 80, SamplesPerStep = 32, LearningRate = 0.03 };

    /// <summary>
    /// Larger batches at a higher rate, whose noise the mean over the last epochs evens out, where components are else found as published.
    /// That mean has early epochs in it, so the first task, which starts from nothing, gets more.
    /// </summary>
    public ContinualOptions FastTraining => Thorough
        ? Training with { BatchSize = 200, LearningRate = 1e-3, Epochs = 40, FirstTaskEpochs = 50, AveragedEpochs = 20 } : Training;

    /// <summary>
    /// A component an epoch; weighed anew and pruned after two epochs for each, or five sixths of the training if that is earlier.
    /// </summary>
    public PriorBoostingOptions Growth(ContinualOptions training)
        => new() { PruneAfterEpochs = Math.Min(2 * Components, Math.Max(1, training.Epochs * 5 / 6)) };
}
