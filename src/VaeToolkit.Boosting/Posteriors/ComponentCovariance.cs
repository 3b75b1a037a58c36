namespace VaeToolkit.Boosting;

/// <summary>The form of a normal component's covariance.</summary>
public enum ComponentCovariance
{
    /// <summary>One variance a dimension.</summary>
    Diagonal,

    /// <summary>Any covariance; its D(D + 1)/2 numbers suit few dimensions.</summary>
    Full,
}
