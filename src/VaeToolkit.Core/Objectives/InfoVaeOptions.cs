using VaeToolkit.Evaluation;

namespace VaeToolkit;

/// <summary>Options of <see cref="InfoVae"/>, with the symbols of Zhao, Song and Ermon (2019).</summary>
public sealed record InfoVaeOptions
{
    /// <summary>
    /// α, how far codes shall tell about items, at most 1; default 1, the paper's MMD-VAE, which has no KL divergence of single items. 0
    /// with a scaling of 1 is the evidence lower bound.
    /// </summary>
    public double InformationPreference { get; init; } = 1;

    /// <summary>
    /// λ, how much the codes' distribution counts, at least 1 − α; default 1000, so that it weighs about as much as a picture's
    /// reconstruction in nats.
    /// </summary>
    public double Scaling { get; init; } = 1000;

    /// <summary>
    /// k; default null: the Gaussian kernel with the scale Z², exp(−‖x − y‖² / Z²).
    /// </summary>
    public MmdKernel? Kernel { get; init; }

    /// <summary>Which estimate; default the biased one, which is never below 0.</summary>
    public MmdEstimator Estimator { get; init; }

    internal InfoVaeOptions Validated()
    {
        OptionRange.Require(InformationPreference <= 1 && double.IsFinite(InformationPreference), nameof(InformationPreference),
            InformationPreference, "must be a number of at most 1");
        OptionRange.Require(Scaling >= 1 - InformationPreference && double.IsFinite(Scaling), nameof(Scaling), Scaling,
            "must be a number of at least 1 less the information preference");
        OptionRange.Require(Enum.IsDefined(Estimator), nameof(Estimator), Estimator, "must be Biased or Unbiased");
        return this;
    }
}
