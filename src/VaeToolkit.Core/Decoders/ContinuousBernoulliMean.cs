using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>The mean of <see cref="ContinuousBernoulliLikelihood"/> in a graph, with its series near 0.</summary>
internal static class ContinuousBernoulliMean
{
    internal static GraphValue WriteTo(NetworkGraph graph, GraphValue logits)
    {
        const double SeriesBelow = ContinuousBernoulliLikelihood.SeriesBelow;
        var isNear = logits.Then("Abs").Then("Less", graph.Number(SeriesBelow));
        var far = graph.Apply("Where", [isNear, graph.Number(1), logits]);
        var direct = graph.Number(0.5) / (far * 0.5).Tanh() - graph.Number(1) / far;
        var near = logits.Clamp(-SeriesBelow, SeriesBelow);
        var square = near * near;
        var coefficients = ContinuousBernoulliLikelihood.MeanSeries;
        var sum = graph.Number(coefficients[^1]);
        for (var i = coefficients.Length - 2; i >= 0; i--)
            sum = sum * square + coefficients[i];
        return graph.Apply("Where", [isNear, near * sum, direct]) + 0.5;
    }
}
