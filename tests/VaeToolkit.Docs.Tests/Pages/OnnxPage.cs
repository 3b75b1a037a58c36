using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit;
using VaeToolkit.Networks;
using VaeToolkit.Onnx;
using static TorchSharp.torch.nn;

namespace Documentation.Pages;

internal static class OnnxPage
{
    public static void Export(Vae vae)
    {
        #region
        vae.ExportOnnx("exported");                  // encoder.onnx, decoder.onnx, sampler.onnx
        vae.ExportEncoder("encoder.onnx");           // or one of them
        #endregion
    }

    internal sealed class OwnEncoder(long latents, Sequential layers) : Encoder(nameof(OwnEncoder))
    {
        private readonly Sequential _layers = layers;

        public override long LatentSize => latents;

        public override Posterior forward(torch.Tensor input) => throw new NotSupportedException();

        #region
        public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
        {
            var (mean, logVariance) = graph.Layer(_layers, items).Halves(-1);
            return new(mean, logVariance.Clamp(-4, 4));
        }
        #endregion
    }

    internal sealed class OwnDecoder(long latents, Sequential layers, ObservationModel likelihood) : Decoder(nameof(OwnDecoder))
    {
        private readonly Sequential _layers = layers;
        private readonly ObservationModel _likelihood = likelihood;

        public override long LatentSize => latents;

        public override IReadOnlyList<long> ItemShape => _likelihood.ItemShape;

        public override Likelihood forward(torch.Tensor input) => throw new NotSupportedException();

        #region
        public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z) => _likelihood.WriteTo(graph, graph.Layer(_layers, z));
        #endregion
    }

    internal sealed class OwnPrior(long latents) : Prior(nameof(OwnPrior))
    {
        public override long LatentSize => latents;

        public override torch.Tensor LogProb(torch.Tensor z) => throw new NotSupportedException();

        public override torch.Tensor Sample(long count) => throw new NotSupportedException();

        #region
        public override GraphValue WriteTo(NetworkGraph graph) => graph.NormalNoise(LatentSize) * 2;
        #endregion
    }

    #region
    internal sealed class GatedLayer : Module<torch.Tensor, torch.Tensor>, IGraphLayer
    {
        private readonly Linear _value;
        private readonly Linear _gate;

        public GatedLayer(long inputs, long outputs)
            : base(nameof(GatedLayer))
        {
            (_value, _gate) = (Linear(inputs, outputs), Linear(inputs, outputs));
            RegisterComponents();
        }

        public override torch.Tensor forward(torch.Tensor input) => _value.forward(input).tanh() * _gate.forward(input).sigmoid();

        public GraphValue WriteTo(NetworkGraph graph, GraphValue input)
            => graph.Layer(_value, input).Tanh() * graph.Layer(_gate, input).Sigmoid();
    }
    #endregion
}
