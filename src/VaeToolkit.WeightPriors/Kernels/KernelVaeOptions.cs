using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.WeightPriors;

/// <summary>The shape of a kernel VAE and how it is trained.</summary>
public sealed record KernelVaeOptions
{
    /// <summary>The networks; default <see cref="KernelArchitecture.Mlp"/>.</summary>
    public KernelArchitecture Architecture { get; init; } = KernelArchitecture.Mlp;

    /// <summary>
    /// Latent features Z, at least 1; default 6, as for 3×3×3 kernels in Kuzina et al. (2019). Atanov et al. (2019): 2 for 7×7, 4 for
    /// 5×5.
    /// </summary>
    public long LatentSize { get; init; } = 6;

    /// <summary>The lowest log-variance of a standardised value, f; default −4, which is 0.135 standard deviations.</summary>
    public double LogVarianceFloor { get; init; } = -4;

    /// <summary>
    /// Optimiser steps, at least 1; default 600. More learn the training networks by heart when there are few: with six networks of three
    /// snapshots the gain on held-out networks was largest between 300 and 1200, and below 0 at 2000 where kernels were fewest.
    /// </summary>
    public int Steps { get; init; } = 600;

    /// <summary>Kernels a step, at least 1; all of them where there are fewer. Default 256.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Adam's rate at the start, above 0; it falls along a cosine to <see cref="FinalLearningRate"/>. Default 0.002.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Adam's rate at the end, above 0; default 0.00001.</summary>
    public double FinalLearningRate { get; init; } = 1e-5;

    /// <summary>The fraction of the steps over which the KL divergence's weight rises to 1, in [0, 1]; default 0.2.</summary>
    public double WarmUp { get; init; } = 0.2;

    /// <summary>The type of the weights and of all that is reckoned with them, float32 (the default) or float64.</summary>
    public torch.ScalarType Type { get; init; } = torch.float32;

    /// <summary>Seed of the first weights, the order of kernels and the samples. Default 0.</summary>
    public long Seed { get; init; }

    internal KernelVaeOptions Validated()
    {
        OptionRange.RequireKnown(Architecture, nameof(Architecture));
        Shape.RequirePositive(LatentSize, "LatentSize", nameof(LatentSize));
        Shape.RequirePositive(Steps, "Steps", nameof(Steps));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        if (Type is not (torch.ScalarType.Float32 or torch.ScalarType.Float64))
            throw new ArgumentOutOfRangeException(nameof(Type), Type, "Type must be float32 or float64");
        Require(double.IsFinite(LogVarianceFloor), nameof(LogVarianceFloor), LogVarianceFloor, "a finite number");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "a finite number above 0");
        Require(FinalLearningRate > 0 && FinalLearningRate <= LearningRate, nameof(FinalLearningRate), FinalLearningRate,
            "above 0 and at most LearningRate");
        Require(WarmUp is >= 0 and <= 1, nameof(WarmUp), WarmUp, "in [0, 1]");
        return this;
    }

    private static void Require(bool holds, string name, double value, string what)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {what}");
    }
}
