using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.DeepSurvival;

/// <summary>The networks of a <see cref="Savae"/>.</summary>
internal static class SavaeGraphs
{
    private const string Rows = "patients, as Savae.Items makes them";

    /// <summary>q(z|x,y): rows <c>x</c> to <c>mean</c> and <c>log_variance</c>.</summary>
    internal static GraphDefinition Encoder(MlpEncoder encoder, PatientLayout layout, bool seesTreatment, torch.Tensor logTimeScale)
        => new("encoder", graph =>
        {
            var items = graph.Input("x", [NetworkGraph.Batch, layout.Width], Rows);
            using var scope = torch.NewDisposeScope();
            var time = items.Slice(layout.LogTimeIndex, 1) - graph.Constant(logTimeScale.reshape(1));
            List<GraphValue> parts = [items.Slice(layout.MaskStart, layout.ViewWidth), time, items.Slice(layout.LogTimeIndex + 1, 1)];
            if (seesTreatment && layout.Treatments.CodeWidth > 0)
                parts.Add(items.Slice(layout.CodeStart, layout.Treatments.CodeWidth));
            LatentGraphs.Declare(graph, encoder.WriteTo(graph, graph.Concatenate(parts)), encoder.LatentSize);
        });

    /// <summary>p(x|z): latent vectors <c>z</c> to <c>mean</c>, and <c>variance</c> of the numbers among the covariates.</summary>
    internal static GraphDefinition Decoder(CovariateDecoder decoder, PatientLayout layout) => new("decoder", graph =>
    {
        var likelihood = decoder.WriteTo(graph, graph.Input("z", [NetworkGraph.Batch, decoder.LatentSize], "latent vectors"));
        LatentGraphs.Declare(graph, likelihood, [layout.TargetWidth]);
    });

    /// <summary>p(x|z) of draws from p(z).</summary>
    internal static GraphDefinition Sampler(Prior prior, CovariateDecoder decoder, PatientLayout layout) => new("sampler", graph =>
    {
        var z = prior.WriteTo(graph);
        LatentGraphs.DeclareLatents(graph, z, prior.LatentSize);
        LatentGraphs.DeclareMean(graph, decoder.WriteTo(graph, z), [layout.TargetWidth]);
    });

    /// <summary>p(y|t,z): <c>z</c> and the treatments' code <c>t</c>, where there are any, to a Weibull's parameters.</summary>
    internal static GraphDefinition Survival(SurvivalHead head, long latentSize, int codeWidth, torch.Tensor logTimeScale)
        => new("survival", graph =>
        {
            var z = graph.Input("z", [NetworkGraph.Batch, latentSize], "latent vectors");
            var input = codeWidth == 0 ? z : graph.Concatenate(
                [graph.Input("t", [NetworkGraph.Batch, codeWidth], "codes of treatments, as TreatmentSet.Code makes them"), z]);
            var (logScale, shape) = head.WriteTo(graph, input, logTimeScale);
            graph.Output("log_scale", logScale, [NetworkGraph.Batch, 1], "ln of the Weibull scale, in the data's unit of time");
            graph.Output("shape", shape, [NetworkGraph.Batch, 1], "the Weibull shape k");
        });
}
