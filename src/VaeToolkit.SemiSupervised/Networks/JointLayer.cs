using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using static TorchSharp.torch.nn;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The first layer of a network over two inputs, W_x x + W_y y + b: one linear layer over both, in two parts, so that what depends on x
/// alone is computed once for all labels. The owner registers both parts.
/// </summary>
internal sealed class JointLayer
{
    internal JointLayer(long inputs, long labelSize, long outputs)
    {
        (Inputs, Labels) = (Linear(inputs, outputs), Linear(labelSize, outputs, hasBias: false));
        // PyTorch's initial weights of one layer over both: the bound is 1 / √(all inputs).
        using var noGradient = torch.no_grad();
        Inputs.weight!.mul_(Math.Sqrt((double)inputs / (inputs + labelSize)));
        Labels.weight!.mul_(Math.Sqrt((double)labelSize / (inputs + labelSize)));
    }

    /// <summary>W_x and b.</summary>
    internal Linear Inputs { get; }

    /// <summary>W_y.</summary>
    internal Linear Labels { get; }

    /// <summary>The layer's output for inputs <c>[..., D]</c> and label rows <c>[..., Y]</c> whose leading axes broadcast.</summary>
    internal torch.Tensor Forward(torch.Tensor inputs, torch.Tensor labels) => Inputs.forward(inputs) + Labels.forward(labels);

    /// <summary>Writes the layer into a graph.</summary>
    internal GraphValue WriteTo(NetworkGraph graph, GraphValue inputs, GraphValue labels)
        => graph.Layer(Inputs, inputs) + graph.Layer(Labels, labels);
}
