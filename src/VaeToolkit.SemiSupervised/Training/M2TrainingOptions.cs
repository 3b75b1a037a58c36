using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// Options of <see cref="M2Training"/>: how each of its three stages is trained. With <see cref="TrainingOptions.PreFlight"/> off, a stage
/// takes no trial batch; items outside of the likelihood's support and a warm-up that is longer than the stage are refused all the same.
/// </summary>
public sealed record M2TrainingOptions
{
    /// <summary>
    /// Stage 1, q(y|x) on labelled items alone. An epoch goes once through them; batches are at most as large as there are.
    /// </summary>
    public TrainingOptions Classifier { get; init; } = new() { Epochs = 300, BatchSize = 100 };

    /// <summary>Stage 2, the autoencoder under a fixed q(y|x). An epoch goes once through the unlabelled items.</summary>
    public TrainingOptions Generative { get; init; } = new() { Epochs = 10, BatchSize = 100 };

    /// <summary>Stage 3, everything together.</summary>
    public TrainingOptions Joint { get; init; } = new() { Epochs = 10, BatchSize = 100 };

    /// <summary>The objective of stage 3.</summary>
    public M2Options Objective { get; init; } = new();
}
