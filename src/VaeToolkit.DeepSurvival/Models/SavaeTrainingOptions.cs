using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival;

/// <summary>How <see cref="SavaeTraining.Fit"/> trains.</summary>
public sealed record SavaeTrainingOptions
{
    /// <summary>The model's sizes.</summary>
    public SavaeOptions Model { get; init; } = new();

    /// <summary>The bound.</summary>
    public SavaeElboOptions Elbo { get; init; } = new();

    /// <summary>Epochs to run at most, at least 1. Default 500.</summary>
    public int Epochs { get; init; } = 500;

    /// <summary>Patients a batch, at least 1; fewer where there are fewer. Default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Adam's learning rate, above 0. Default 0.001.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>The L2 penalty that Adam adds to gradients, at least 0. Default 1e-4.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>
    /// The share of patients that validate, from 0 to below 1: training stops after <see cref="Patience"/> epochs without a better bound on
    /// them, and the best epoch's weights are kept. Default 0.2; 0 trains on all, for all epochs.
    /// </summary>
    public double ValidationShare { get; init; } = 0.2;

    /// <summary>Epochs without a better validation bound after which training stops, at least 1. Default 50.</summary>
    public int Patience { get; init; } = 50;

    /// <summary>Seed of the initial weights, the validation split, the order and the noise. Default 0.</summary>
    public long Seed { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">The validation share or the weight decay is out of range.</exception>
    internal void Validate()
    {
        if (!(ValidationShare >= 0 && ValidationShare < 1))
            throw new ArgumentOutOfRangeException(nameof(ValidationShare), ValidationShare, "The share must be at least 0 and below 1.");
        if (!(WeightDecay >= 0 && double.IsFinite(WeightDecay)))
            throw new ArgumentOutOfRangeException(
                nameof(WeightDecay), WeightDecay, "The weight decay must be a finite number of at least 0.");
    }

    internal TrainingOptions ForTrainer(int patients, bool validates) => new()
    {
        Epochs = Epochs,
        BatchSize = Math.Min(BatchSize, patients),
        LearningRate = LearningRate,
        Optimizer = parameters => Optimizers.Adam(parameters, LearningRate, weightDecay: WeightDecay),
        GradientClip = 10,
        Patience = validates ? Patience : null,
        Seed = Seed,
        // All layers treat patients one by one, and the bound draws from the thread's own source.
        SplitBatches = Math.Min(BatchSize, patients) >= 256,
    };
}
