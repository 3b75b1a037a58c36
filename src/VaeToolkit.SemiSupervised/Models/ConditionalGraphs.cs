using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.SemiSupervised;

/// <summary>The networks of a conditional autoencoder and of a classifier.</summary>
internal static class ConditionalGraphs
{
    /// <summary>Encoder, decoder and sampler, which have the label rows <c>y</c> as another input.</summary>
    internal static IReadOnlyList<GraphDefinition> Of(ConditionalVae vae) =>
    [
        new("encoder", graph =>
        {
            var x = graph.Input("x", [NetworkGraph.Batch, .. vae.ItemShape], "items");
            LatentGraphs.Declare(graph, vae.Encoder.WriteTo(graph, x, Labels(graph, vae.LabelSize)), vae.LatentSize);
        }),
        new("decoder", graph =>
        {
            var z = graph.Input("z", [NetworkGraph.Batch, vae.LatentSize], "latent vectors");
            LatentGraphs.Declare(graph, vae.Decoder.WriteTo(graph, z, Labels(graph, vae.LabelSize)), vae.ItemShape);
        }),
        new("sampler", graph =>
        {
            var z = vae.Prior.WriteTo(graph);
            LatentGraphs.DeclareLatents(graph, z, vae.LatentSize);
            LatentGraphs.DeclareMean(graph, vae.Decoder.WriteTo(graph, z, Labels(graph, vae.LabelSize)), vae.ItemShape);
        }),
    ];

    /// <summary>A classifier: <c>x</c> to <c>logits</c>.</summary>
    internal static GraphDefinition Classifier(
        torch.nn.Module<torch.Tensor, torch.Tensor> classifier, IReadOnlyList<long> itemShape, long rowSize) => new("classifier", graph =>
    {
        var logits = graph.Layer(classifier, graph.Input("x", [NetworkGraph.Batch, .. itemShape], "items"));
        graph.Output("logits", logits, [NetworkGraph.Batch, rowSize], "logits of q(y|x)");
    });

    private static GraphValue Labels(NetworkGraph graph, long size)
        => graph.Input("y", [NetworkGraph.Batch, size], "label rows, each a one-hot row or several side by side");
}
