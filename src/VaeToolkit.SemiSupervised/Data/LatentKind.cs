namespace VaeToolkit.SemiSupervised;

/// <summary>What stands for an item in <see cref="LatentData"/>.</summary>
public enum LatentKind
{
    /// <summary>E_q[z|x], the same every time.</summary>
    Means,

    /// <summary>z ~ q(z|x), drawn afresh every epoch.</summary>
    Samples,
}
