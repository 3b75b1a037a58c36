namespace VaeToolkit.Boosting;

/// <summary>A boosted posterior and how it came about. It owns the mixture.</summary>
/// <param name="Mixture">q.</param>
/// <param name="Reports">The steps in order; the last one is a rejection if boosting ended before its most components.</param>
public sealed record MpviResult(NormalMixture Mixture, IReadOnlyList<BoostingReport> Reports) : IDisposable
{
    /// <summary>Releases the mixture.</summary>
    public void Dispose() => Mixture.Dispose();

    /// <summary>The mixture and the steps, one a line.</summary>
    public override string ToString() => string.Join(Environment.NewLine, [Mixture.ToString(), .. Reports.Select(report => $"  {report}")]);
}
