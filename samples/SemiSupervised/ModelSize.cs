using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using static TorchSharp.torch;

namespace VaeToolkit.Samples;

/// <summary>The networks of an experiment. The same classifier is trained alone, and as a part of M2.</summary>
/// <param name="ItemShape">Shape of an item.</param>
/// <param name="Labels">What a label can be.</param>
/// <param name="Likelihood">The likelihood of an item.</param>
/// <param name="Classifier">Makes the classifier.</param>
/// <param name="Hidden">Widths of the hidden layers of q(z|x,y) and p(x|y,z).</param>
/// <param name="Latent">Latent features.</param>
/// <param name="Activation">The non-linearity of q(z|x,y) and p(x|y,z).</param>
internal sealed record ModelSize(
    IReadOnlyList<long> ItemShape, LabelSpace Labels, Func<ObservationModel> Likelihood, Func<nn.Module<Tensor, Tensor>> Classifier,
    IReadOnlyList<long> Hidden, long Latent, Activation Activation = Activation.ReLU)
{
    public M2Model Create()
    {
        var size = ItemShape.Aggregate(1L, (product, length) => product * length);
        var generative = new ConditionalVae(
            new MlpConditionalEncoder(size, Labels.RowSize, Latent, Hidden, new EncoderOptions { Activation = Activation }),
            new MlpConditionalDecoder(Latent, Labels.RowSize, Hidden, Likelihood(), new DecoderOptions { Activation = Activation }),
            new StandardNormalPrior(Latent));
        return new M2Model(generative, Classifier(), Labels);
    }
}
