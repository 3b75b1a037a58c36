namespace VaeToolkit.Evaluation;

/// <summary>How the likelihood's exponent β grows from 0 to 1 in annealed importance sampling.</summary>
public enum AnnealingSchedule
{
    /// <summary>
    /// A sigmoid from −4 to 4, rescaled to [0, 1]: small steps at both ends, where the distributions change fastest (Wu et al. 2017).
    /// </summary>
    Sigmoid,

    /// <summary>Equal steps.</summary>
    Linear,
}
