namespace VaeToolkit.Networks;

/// <summary>A likelihood p(x|z) as values of a <see cref="NetworkGraph"/>.</summary>
/// <param name="Mean">E[x|z], <c>[N, *item]</c>.</param>
/// <param name="Parameters">Its parameters, other than that mean.</param>
public sealed record LikelihoodGraph(GraphValue Mean, params IReadOnlyList<GraphParameter> Parameters)
{
    /// <summary>The mean's name and the parameters.</summary>
    public override string ToString() => string.Join(", ", Parameters.Select(parameter => $"{parameter}").Prepend($"mean {Mean}"));
}
