namespace VaeToolkit.Evaluation;

/// <summary>Which latent features a model uses (Burda, Grosse &amp; Salakhutdinov 2016, section 5.2).</summary>
/// <param name="MeanVariances">Var_x(E[z|x]) of every latent feature over the items, <c>[Z]</c>; NaN for a single item.</param>
/// <param name="Threshold">The variance above which a feature counts as active.</param>
/// <param name="Items">Number of items.</param>
public sealed record LatentActivity(IReadOnlyList<double> MeanVariances, double Threshold, long Items)
{
    /// <summary>Number of active features: those whose posterior means vary by more than the threshold.</summary>
    public int ActiveUnits => MeanVariances.Count(variance => variance > Threshold);

    /// <summary>The features that collapsed onto the prior, from 0, in ascending order.</summary>
    public IReadOnlyList<int> Collapsed => [.. Enumerable.Range(0, MeanVariances.Count).Where(i => !(MeanVariances[i] > Threshold))];

    /// <summary>Whether no feature is active: the decoder ignores the code.</summary>
    public bool IsCollapsed => ActiveUnits == 0;

    /// <summary>The figures in one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{ActiveUnits} of {MeanVariances.Count} latent features active (variance of means above {Threshold}, {Items} items)")
        + (IsCollapsed ? "; the posterior has collapsed" : "");
}
