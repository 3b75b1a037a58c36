using TorchSharp;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>How a comparison is trained.</summary>
internal sealed record ComparisonSettings
{
    /// <summary>Passes through the labelled items, of the classifier alone.</summary>
    public required int ClassifierEpochs { get; init; }

    /// <summary>Labelled items in a batch of the classifier alone.</summary>
    public int ClassifierBatch { get; init; } = 100;

    /// <summary>Whether the classifier's rate falls to a tenth while it is trained alone.</summary>
    public bool ClassifierRateFalls { get; init; }

    /// <summary>Passes through the unlabelled items, of the autoencoder alone.</summary>
    public required int GenerativeEpochs { get; init; }

    /// <summary>Passes through the unlabelled items, of everything together.</summary>
    public required int JointEpochs { get; init; }

    /// <summary>Unlabelled items in a batch.</summary>
    public required int Batch { get; init; }

    /// <summary>Adam's rate while the autoencoder is trained alone.</summary>
    public double GenerativeRate { get; init; } = 1e-3;

    /// <summary>Whether labelled pictures are warped, differently every time they are shown.</summary>
    public bool Warped { get; init; }

    public M2Options Objective { get; init; } = new();

    /// <summary>What a task is trained with unless told otherwise.</summary>
    public static ComparisonSettings For(string task, bool quick) => (task, quick) switch
    {
        (_, true) => new() { ClassifierEpochs = 2, GenerativeEpochs = 1, JointEpochs = 1, Batch = 200, Warped = task == "digits" },
        ("table", _) => new() { ClassifierEpochs = 300, GenerativeEpochs = 60, JointEpochs = 30, Batch = 50 },
        ("stacked", _) => new() { ClassifierEpochs = 300, GenerativeEpochs = 4, JointEpochs = 8, Batch = 200 },
        ("writers", _) => For("digits", quick).Unwarped(),
        _ => new()
        {
            ClassifierEpochs = 400,
            GenerativeEpochs = 5,
            JointEpochs = 1,
            Batch = 200,
            GenerativeRate = 2e-3,
            Warped = true,
            Objective = new() { Alpha = AlphaWeight.OnClassification(1, AlphaConvention.TimesItems) },
        },
    };

    /// <summary>
    /// Labelled pictures as they are: fewer passes through them, or the classifier becomes too sure of itself to change its mind later.
    /// </summary>
    public ComparisonSettings Unwarped() => this with { Warped = false, ClassifierEpochs = Math.Min(ClassifierEpochs, 100) };

    public M2TrainingOptions Options(long seed)
    {
        var stage = new TrainingOptions { BatchSize = Batch, Seed = seed };
        return new()
        {
            Classifier = stage with
            {
                Epochs = ClassifierEpochs,
                BatchSize = ClassifierBatch,
                LearningRateSchedule = ClassifierRateFalls ? Falling(ClassifierEpochs) : null,
            },
            Generative = stage with { Epochs = GenerativeEpochs, LearningRate = GenerativeRate },
            Joint = stage with { Epochs = JointEpochs, LearningRateSchedule = Falling(JointEpochs) },
            Objective = Objective,
        };
    }

    // To a tenth, over all epochs.
    private static Func<torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler> Falling(int epochs)
        => optimizer => torch.optim.lr_scheduler.StepLR(optimizer, 1, Math.Pow(0.1, 1.0 / epochs));
}
