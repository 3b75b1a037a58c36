using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit;
using VaeToolkit.Storage;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

namespace Documentation.Pages;

internal static class ModelFoldersPage
{
    public static void Save(Vae vae)
    {
        #region
        vae.Save("digits");
        #endregion
    }

    public static void Load()
    {
        #region
        using var vae = Vae.Load("digits");                                  // in evaluation mode, on the CPU, in the type that was saved
        using var copy = vae.Copy();                                         // the same without files
        #endregion
    }

    public static void TrainedWith(Vae vae, Elbo elbo, TensorData train)
    {
        #region
        TrainingRecord.Set(vae, TrainingRecord.From(nameof(Elbo), elbo.Settings, train));
        #endregion
    }

    public static void Checkpoints(Vae vae, TensorData train, TensorData valid)
    {
        #region
        Trainer.Fit(vae, new Elbo(), train, valid, new() { CheckpointDirectory = "run" });
        using var best = Vae.Load("run/best");
        #endregion
    }

    #region
    internal sealed class ScaledEncoder : Encoder, IDescribedPart
    {
        private readonly double _scale;
        private readonly Linear _layer;

        public ScaledEncoder(long inputs, long latents, double scale)
            : base(nameof(ScaledEncoder))
        {
            (LatentSize, _scale) = (latents, scale);
            _layer = Linear(inputs, 2 * latents);
            register_module("layer", _layer);
        }

        public override long LatentSize { get; }

        public PartDescription Describe() => new PartDescription("scaled-encoder")
            .With("inputs", _layer.weight!.shape[1]).With("latents", LatentSize).With("scale", _scale);

        public override Posterior forward(torch.Tensor input)
        {
            var parts = (_layer.forward(input.flatten(1)) * _scale).chunk(2, dim: -1);
            return new DiagonalNormal(mean: parts[0], logVariance: parts[1]);
        }
    }
    #endregion

    public static void Register()
    {
        #region
        ModelParts.Register("scaled-encoder", options => new ScaledEncoder(
            options.WholeNumber("inputs"), options.WholeNumber("latents"), options.Number("scale")));
        #endregion
    }
}
