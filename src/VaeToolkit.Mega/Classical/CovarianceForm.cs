namespace VaeToolkit.Mega;

/// <summary>What a mixture's covariances have in common.</summary>
public enum CovarianceForm
{
    /// <summary>A full covariance for every component.</summary>
    Full,

    /// <summary>One full covariance for all.</summary>
    Tied,

    /// <summary>A diagonal covariance for every component.</summary>
    Diagonal,

    /// <summary>One variance for every component.</summary>
    Spherical,
}
