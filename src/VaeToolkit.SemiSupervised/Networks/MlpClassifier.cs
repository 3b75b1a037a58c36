using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.SemiSupervised;

/// <summary>A fully connected classifier: x → hidden layers → logits. Items of any shape are flattened.</summary>
public sealed class MlpClassifier : torch.nn.Module<torch.Tensor, torch.Tensor>, IDescribedPart
{
    internal const string PartName = "mlp-classifier";

    private readonly Sequential _trunk;
    private readonly Linear _head;
    private readonly long _inputSize;
    private readonly string _layers;
    private readonly PartDescription _description;

    /// <summary>Makes the classifier with PyTorch's initial weights.</summary>
    /// <param name="inputSize">Values in an item, D.</param>
    /// <param name="hidden">Widths of the hidden layers, at least one.</param>
    /// <param name="classes">Logits: the number of classes, or the width of a label's row.</param>
    /// <param name="activation">The non-linearity; default <see cref="Activation.LeakyReLU"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="hidden"/> is empty or has a width below 1.</exception>
    public MlpClassifier(long inputSize, IReadOnlyList<long> hidden, long classes, Activation activation = Activation.LeakyReLU)
        : base(nameof(MlpClassifier))
    {
        Shape.RequirePositive(inputSize, "the input size", nameof(inputSize));
        Shape.RequirePositive(classes, "the number of classes", nameof(classes));
        Layers.RequireWidths(hidden, nameof(hidden));
        _inputSize = inputSize;
        _trunk = Layers.Dense(inputSize, hidden, activation);
        _head = torch.nn.Linear(hidden[^1], classes);
        _layers = $"{inputSize} → {string.Join(" → ", hidden)} → {classes}";
        register_module("trunk", _trunk);
        register_module("head", _head);
        _description = new PartDescription(PartName).With("input_size", inputSize).With("hidden", hidden).With("classes", classes)
            .With("activation", activation);
    }

    /// <summary>The logits, <c>[N, Y]</c>.</summary>
    /// <param name="input">Items <c>[N, *item]</c>.</param>
    /// <exception cref="ArgumentException">The items have another size.</exception>
    public override torch.Tensor forward(torch.Tensor input)
    {
        var rows = Shape.Flat(input, _inputSize, nameof(input));
        return EngineError.Of(this, rows, nameof(input), () => _head.forward(_trunk.forward(rows)));
    }

    /// <summary>The layers' widths.</summary>
    public override string ToString() => $"{nameof(MlpClassifier)} {_layers}";

    /// <summary>Registers nothing: the layers are registered by name.</summary>
    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe() => _description;

    internal static MlpClassifier From(PartOptions options)
    {
        var (inputs, hidden, classes)
            = (options.WholeNumber("input_size"), options.WholeNumbers("hidden"), options.WholeNumber("classes"));
        options.RequireDense(inputs, hidden, classes);
        return new(inputs, hidden, classes, options.Choice<Activation>("activation"));
    }
}
