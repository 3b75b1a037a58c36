using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>
/// A module whose forward pass returns the likelihood p(x|z). Derive from it to write a decoder: register parts with
/// <c>register_module</c> under the names that saved files shall use, or all fields by <see cref="RegisterComponents"/>,
/// and return a <see cref="Likelihood"/>.
/// </summary>
/// <param name="name">The module's name, usually <c>nameof</c> the class.</param>
public abstract class Decoder(string name) : torch.nn.Module<torch.Tensor, Likelihood>(name)
{
    /// <summary>Number of latent features Z that the decoder takes.</summary>
    public abstract long LatentSize { get; }

    /// <summary>Shape of one item, <c>[D]</c>, <c>[C, H, W]</c> or <c>[C, D, H, W]</c>.</summary>
    public abstract IReadOnlyList<long> ItemShape { get; }

    /// <summary>p(x|z) for a batch.</summary>
    /// <param name="input">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors have another size than the decoder was built for.</exception>
    public abstract override Likelihood forward(torch.Tensor input);

    /// <summary>
    /// log p(x|z), as the forward pass's likelihood gives it; a decoder that knows a faster way without gradients takes it.
    /// </summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <param name="x">Items <c>[N, *item]</c>, known to be inside the likelihood's support.</param>
    /// <param name="panels">This decoder's weights as they are now, put into another order, or an empty place for them.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>, in nats.</returns>
    internal virtual torch.Tensor LogLikelihood(torch.Tensor z, torch.Tensor x, KeptPanels panels) => forward(z).LogProbOfChecked(x);

    /// <summary>
    /// Writes p(x|z) into a graph, so that it can be exported (<c>VaeToolkit.Onnx</c>). A part of your own overrides it.
    /// </summary>
    /// <param name="graph">Where to.</param>
    /// <param name="z">Latent vectors <c>[N, Z]</c>.</param>
    /// <exception cref="NotSupportedException">The part does not say how; the message shows the line to write.</exception>
    public virtual LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
        => throw UnwrittenPart.Of(this, "public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)");

    /// <summary>
    /// TorchSharp's own way, which registers every field that holds a module, a parameter or a tensor under the field's name; a constructor
    /// may end with it, and TorchSharp calls it when this part becomes a part of another. It does nothing where something was registered by
    /// name: those names are the keys in saved files, and registering is then the part's own matter.
    /// </summary>
    protected override void RegisterComponents()
    {
        if (!this.HasRegistered())
            base.RegisterComponents();
    }
}
