using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// A module whose forward pass returns the likelihood p(x|y,z). Derive from it to write one: register parts with
/// <c>register_module</c> under the names that saved files shall use, or all fields by <see cref="RegisterComponents"/>,
/// and return a <see cref="Likelihood"/>.
/// </summary>
/// <param name="name">The module's name, usually <c>nameof</c> the class.</param>
public abstract class ConditionalDecoder(string name) : torch.nn.Module<torch.Tensor, torch.Tensor, Likelihood>(name)
{
    /// <summary>Number of latent features Z that the decoder takes.</summary>
    public abstract long LatentSize { get; }

    /// <summary>Width Y of a label row.</summary>
    public abstract long LabelSize { get; }

    /// <summary>Shape of one item, <c>[D]</c>, <c>[C, H, W]</c> or <c>[C, D, H, W]</c>.</summary>
    public abstract IReadOnlyList<long> ItemShape { get; }

    /// <summary>p(x|y,z) for a batch.</summary>
    /// <param name="input1">Latent vectors z, <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <param name="input2">Label rows y, <c>[N, Y]</c>, or <c>[K, N, Y]</c> where every sample has its own.</param>
    /// <exception cref="ArgumentException">They have other sizes than the decoder was built for.</exception>
    public abstract override Likelihood forward(torch.Tensor input1, torch.Tensor input2);

    /// <summary>
    /// Writes p(x|y,z) into a graph, so that it can be exported (<c>VaeToolkit.Onnx</c>). A part of your own overrides it.
    /// </summary>
    /// <param name="graph">Where to.</param>
    /// <param name="z">Latent vectors <c>[N, Z]</c>.</param>
    /// <param name="labels">Label rows y, <c>[N, Y]</c>.</param>
    /// <exception cref="NotSupportedException">The part does not say how; the message shows the line to write.</exception>
    public virtual LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z, GraphValue labels)
        => throw UnwrittenPart.Of(
            this, "public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z, GraphValue labels)");

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
