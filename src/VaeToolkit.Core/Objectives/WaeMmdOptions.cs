using VaeToolkit.Evaluation;

namespace VaeToolkit;

/// <summary>Options of <see cref="WaeMmd"/>; the defaults are those of Tolstikhin et al. (2018).</summary>
public sealed record WaeMmdOptions
{
    /// <summary>λ, the weight of MMD², above 0; default 10, the paper's for MNIST.</summary>
    public double Weight { get; init; } = 10;

    /// <summary>c, the cost of a reconstruction; default the squared error.</summary>
    public ReconstructionCost Cost { get; init; }

    /// <summary>
    /// k; default null: the inverse multiquadratic kernel with the scale 2Z, the mean squared distance of two draws of a standard normal
    /// prior.
    /// </summary>
    public MmdKernel? Kernel { get; init; }

    /// <summary>Which estimate; default the unbiased one, which the paper's algorithm 2 takes.</summary>
    public MmdEstimator Estimator { get; init; } = MmdEstimator.Unbiased;

    internal WaeMmdOptions Validated()
    {
        OptionRange.Require(Weight > 0 && double.IsFinite(Weight), nameof(Weight), Weight, "must be a number above 0");
        OptionRange.Require(Enum.IsDefined(Cost), nameof(Cost), Cost, "must be SquaredError or NegativeLogLikelihood");
        OptionRange.Require(Enum.IsDefined(Estimator), nameof(Estimator), Estimator, "must be Biased or Unbiased");
        return this;
    }
}
