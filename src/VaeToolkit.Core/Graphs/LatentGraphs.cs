namespace VaeToolkit.Networks;

/// <summary>The three networks of a latent-variable model.</summary>
public static class LatentGraphs
{
    /// <summary>The encoder: <c>x</c> to <c>mean</c> and <c>log_variance</c>.</summary>
    public static GraphDefinition Encoder(Encoder encoder, IReadOnlyList<long> itemShape) => new("encoder", graph =>
    {
        var posterior = encoder.WriteTo(graph, graph.Input("x", [NetworkGraph.Batch, .. itemShape], "items"));
        Declare(graph, posterior, encoder.LatentSize);
    });

    /// <summary>The decoder: <c>z</c> to <c>mean</c> and the likelihood's other parameters.</summary>
    public static GraphDefinition Decoder(Decoder decoder) => new("decoder", graph =>
    {
        var z = graph.Input("z", [NetworkGraph.Batch, decoder.LatentSize], "latent vectors");
        Declare(graph, decoder.WriteTo(graph, z), decoder.ItemShape);
    });

    /// <summary>Prior and decoder: the prior's noise to <c>z</c> and <c>mean</c>.</summary>
    public static GraphDefinition Sampler(Prior prior, Decoder decoder) => new("sampler", graph =>
    {
        var z = prior.WriteTo(graph);
        DeclareLatents(graph, z, prior.LatentSize);
        DeclareMean(graph, decoder.WriteTo(graph, z), decoder.ItemShape);
    });

    /// <summary>Declares a posterior's outputs.</summary>
    public static void Declare(NetworkGraph graph, PosteriorGraph posterior, long latentSize)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(posterior);
        graph.Output("mean", posterior.Mean, [NetworkGraph.Batch, latentSize], "mean of q(z|x)");
        graph.Output("log_variance", posterior.LogVariance, [NetworkGraph.Batch, latentSize], "log-variance of q(z|x)");
    }

    /// <summary>Declares a likelihood's outputs.</summary>
    public static void Declare(NetworkGraph graph, LikelihoodGraph likelihood, IReadOnlyList<long> itemShape)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(likelihood);
        ArgumentNullException.ThrowIfNull(itemShape);
        DeclareMean(graph, likelihood, itemShape);
        foreach (var (name, value, shape, meaning) in likelihood.Parameters)
            graph.Output(name, value, shape, meaning);
    }

    /// <summary>Declares a draw from the prior.</summary>
    public static void DeclareLatents(NetworkGraph graph, GraphValue z, long latentSize)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        graph.Output("z", z, [NetworkGraph.Batch, latentSize], "draws from p(z)");
    }

    /// <summary>Declares a likelihood's mean alone.</summary>
    public static void DeclareMean(NetworkGraph graph, LikelihoodGraph likelihood, IReadOnlyList<long> itemShape)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(likelihood);
        ArgumentNullException.ThrowIfNull(itemShape);
        graph.Output("mean", likelihood.Mean, [NetworkGraph.Batch, .. itemShape], "E[x|z]");
    }
}
