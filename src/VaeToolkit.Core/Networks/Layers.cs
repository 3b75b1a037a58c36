using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Networks;

/// <summary>Builds the trunks of the library's own encoders and decoders. The layers' names are keys in saved files.</summary>
public static class Layers
{
    /// <summary>An activation as a layer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value that is no activation.</exception>
    public static Module<torch.Tensor, torch.Tensor> Create(Activation activation) => Create(activation, inPlace: true);

    /// <summary>The same; where its input is needed again, not in place.</summary>
    internal static Module<torch.Tensor, torch.Tensor> Create(Activation activation, bool inPlace) => activation switch
    {
        Activation.LeakyReLU => LeakyReLU(0.01, inPlace),
        Activation.ReLU => ReLU(inPlace),
        Activation.SiLU => SiLU(),
        Activation.Tanh => Tanh(),
        Activation.Softplus => Softplus(),
        Activation.Elu => ELU(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "not an activation of this library"),
    };

    /// <summary>fc1, act1, fc2, act2, …: a layer for each width.</summary>
    public static Sequential Dense(long inputs, IReadOnlyList<long> widths, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(widths);
        var layers = new List<(string, Module<torch.Tensor, torch.Tensor>)>();
        foreach (var width in widths)
        {
            var number = layers.Count / 2 + 1;
            layers.Add(($"fc{number}", Linear(inputs, width)));
            layers.Add(($"act{number}", Create(activation)));
            inputs = width;
        }
        return Sequential(layers);
    }

    /// <summary>
    /// conv1, act1, conv2, act2, …, flatten, fc, act: 4×4 convolutions of stride 2, each halving height and width, and one hidden layer;
    /// from pictures <c>[N, C, H, W]</c> to <c>[N, hidden]</c>.
    /// </summary>
    /// <exception cref="ArgumentException">Height or width cannot be halved once a layer, or there is none.</exception>
    public static Sequential Convolutional(
        IReadOnlyList<long> itemShape, IReadOnlyList<long> channels, long hidden, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(channels);
        return ConvolutionalTrunk.Inwards(ConvolutionalShape.Of(itemShape, channels, nameof(itemShape)), hidden, activation);
    }

    /// <summary>Widths of hidden layers, checked: at least one layer, every one with at least one unit.</summary>
    /// <exception cref="ArgumentException">They are not so.</exception>
    public static IReadOnlyList<long> RequireWidths(IReadOnlyList<long> widths, string name)
    {
        ArgumentNullException.ThrowIfNull(widths, name);
        if (widths.Count == 0 || widths.Any(width => width < 1))
            throw new ArgumentException(
                $"{name} is {Shape.Text(widths)}; it needs at least one layer, and every layer at least one unit", name);
        return widths;
    }
}
