namespace VaeToolkit.Mega;

/// <summary>What a moment gap adds to the loss.</summary>
public enum MegaTerm
{
    /// <summary>
    /// 2MEGA-F, as √(Σ G² + 1e-12 ‖S‖²) with S the data's covariance, which has a gradient at a gap of zero (slides, eq. 34).
    /// </summary>
    SecondOrder,

    /// <summary>2MEGA-F squared.</summary>
    SecondOrderSquared,

    /// <summary>1MEGA + 2MEGA-F, both smoothed alike.</summary>
    FirstAndSecondOrder,

    /// <summary>The U-statistic of the squared gap, whose gradient is unbiased also with moments of a batch. It may be negative.</summary>
    UnbiasedSquared,
}
