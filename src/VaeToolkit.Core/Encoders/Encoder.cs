using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>
/// A module whose forward pass returns the approximate posterior q(z|x). Derive from it to write an encoder: register parts with
/// <c>register_module</c> under the names that saved files shall use, or all fields by <see cref="RegisterComponents"/>,
/// and return a <see cref="Posterior"/>.
/// </summary>
/// <param name="name">The module's name, usually <c>nameof</c> the class.</param>
public abstract class Encoder(string name) : torch.nn.Module<torch.Tensor, Posterior>(name)
{
    /// <summary>Number of latent features Z of the posterior.</summary>
    public abstract long LatentSize { get; }

    /// <summary>q(z|x) for a batch.</summary>
    /// <param name="input">Items <c>[N, *item]</c>.</param>
    /// <exception cref="ArgumentException">The items have another size than the encoder was built for.</exception>
    public abstract override Posterior forward(torch.Tensor input);

    /// <summary>Refuses what is finite and still no item, such as a token that there is not.</summary>
    internal virtual void RequireReadable(torch.Tensor items, string name)
    {
    }

    /// <summary>
    /// Writes q(z|x) into a graph, so that it can be exported (<c>VaeToolkit.Onnx</c>). A part of your own overrides it.
    /// </summary>
    /// <param name="graph">Where to.</param>
    /// <param name="items">Items <c>[N, *item]</c>.</param>
    /// <exception cref="NotSupportedException">The part does not say how; the message shows the line to write.</exception>
    public virtual PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
        => throw UnwrittenPart.Of(this, "public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)");

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
