using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// A module whose forward pass returns the approximate posterior q(z|x,y). Derive from it to write one: register parts with
/// <c>register_module</c> under the names that saved files shall use, or all fields by <see cref="RegisterComponents"/>,
/// and return a <see cref="Posterior"/>.
/// </summary>
/// <param name="name">The module's name, usually <c>nameof</c> the class.</param>
public abstract class ConditionalEncoder(string name) : torch.nn.Module<torch.Tensor, torch.Tensor, Posterior>(name)
{
    /// <summary>Number of latent features Z of the posterior.</summary>
    public abstract long LatentSize { get; }

    /// <summary>Width Y of a label row.</summary>
    public abstract long LabelSize { get; }

    /// <summary>q(z|x,y) for a batch.</summary>
    /// <param name="input1">Items x, <c>[N, *item]</c>.</param>
    /// <param name="input2">Label rows y, one-hot or concatenated one-hots, <c>[N, Y]</c>.</param>
    /// <exception cref="ArgumentException">They have other sizes than the encoder was built for.</exception>
    public abstract override Posterior forward(torch.Tensor input1, torch.Tensor input2);

    /// <summary>
    /// q(z|x,y) of every item with each of C label rows in one pass. By default items and labels are repeated; an encoder that can share
    /// work between labels overrides it.
    /// </summary>
    /// <param name="x">Items, <c>[N, *item]</c>.</param>
    /// <param name="labels">Label rows, <c>[C, Y]</c>.</param>
    /// <returns>A posterior of C N rows: all items with the first label, then all with the second, and so on.</returns>
    /// <exception cref="ArgumentException">They have other sizes than the encoder was built for.</exception>
    public virtual Posterior ForEach(torch.Tensor x, torch.Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(labels);
        var (count, classes) = (x.shape[0], labels.shape[0]);
        var items = x.unsqueeze(0).expand([classes, .. x.shape]).reshape([classes * count, .. x.shape[1..]]);
        return forward(items, labels.unsqueeze(1).expand(classes, count, labels.shape[1]).reshape(classes * count, labels.shape[1]));
    }

    /// <summary>
    /// Writes q(z|x,y) into a graph, so that it can be exported (<c>VaeToolkit.Onnx</c>). A part of your own overrides it.
    /// </summary>
    /// <param name="graph">Where to.</param>
    /// <param name="items">Items x, <c>[N, *item]</c>.</param>
    /// <param name="labels">Label rows y, <c>[N, Y]</c>.</param>
    /// <exception cref="NotSupportedException">The part does not say how; the message shows the line to write.</exception>
    public virtual PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items, GraphValue labels)
        => throw UnwrittenPart.Of(
            this, "public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items, GraphValue labels)");

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
