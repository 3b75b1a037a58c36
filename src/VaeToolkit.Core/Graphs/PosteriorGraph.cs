namespace VaeToolkit.Networks;

/// <summary>A diagonal normal posterior q(z|x) as values of a <see cref="NetworkGraph"/>.</summary>
/// <param name="Mean">μ, <c>[N, Z]</c>.</param>
/// <param name="LogVariance">log σ², <c>[N, Z]</c>.</param>
public sealed record PosteriorGraph(GraphValue Mean, GraphValue LogVariance)
{
    /// <summary>The values' names.</summary>
    public override string ToString() => $"mean {Mean}, log-variance {LogVariance}";
}
