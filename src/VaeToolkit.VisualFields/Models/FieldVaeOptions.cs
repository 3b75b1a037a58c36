using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.VisualFields;

/// <summary>How a VAE of fields is made and trained.</summary>
public sealed record FieldVaeOptions
{
    /// <summary>M, latent features, at least 1; default 8, the authors' best.</summary>
    public int LatentSize { get; init; } = 8;

    /// <summary>What keeps latent features near the prior; default the KL divergence.</summary>
    public FieldRegulariser Regulariser { get; init; }

    /// <summary>
    /// β, the weight of the KL divergence, at least 0; default 2. Above 1 it drops latent features that tell little but noise, which lines
    /// through few fields would carry far.
    /// </summary>
    public double KlWeight { get; init; } = 2;

    /// <summary>The weight of MMD² beside the mean squared error of values in [0, 1], above 0; default 1, the authors'.</summary>
    public double MmdWeight { get; init; } = 1;

    /// <summary>
    /// The share of the patients whose fields choose the best epoch, at least 0 and below 1; 0 keeps the last epoch. Default 0.1.
    /// </summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Epochs; default 20. The authors ran 50 at a learning rate of 0.0001.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Fields a batch; default 100, the authors'.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Adam's learning rate, which falls to a hundredth of it along a cosine; default 0.002.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Seed of the first weights, of the split, and of training. Default 0.</summary>
    public long Seed { get; init; }

    internal FieldVaeOptions Validated()
    {
        OptionRange.Require(LatentSize >= 1, nameof(LatentSize), LatentSize, "must be at least 1");
        OptionRange.Require(Enum.IsDefined(Regulariser), nameof(Regulariser), Regulariser, "must be Kl or Mmd");
        OptionRange.Require(KlWeight >= 0 && double.IsFinite(KlWeight), nameof(KlWeight), KlWeight, "must be a number of at least 0");
        OptionRange.Require(MmdWeight > 0 && double.IsFinite(MmdWeight), nameof(MmdWeight), MmdWeight, "must be a number above 0");
        OptionRange.Require(ValidationShare is >= 0 and < 1, nameof(ValidationShare), ValidationShare, "must be at least 0 and below 1");
        return this;
    }

    internal TrainingOptions ForTrainer(int fields) => new()
    {
        Epochs = Epochs,
        BatchSize = Math.Min(BatchSize, fields),
        LearningRate = LearningRate,
        LearningRateSchedule = optimizer => TorchSharp.torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, Epochs, LearningRate / 100),
        LastBatch = LastBatch.Merge,
        Seed = Seed,
    };
}
