using TorchSharp;

namespace VaeToolkit.Networks;

/// <summary>
/// A network that is being written down, operator by operator, for another engine to run: parts say in <c>WriteTo</c> what they compute,
/// and <c>VaeToolkit.Onnx</c> makes a file of it. It is always the network of evaluation mode, whatever mode a part is in, and its numbers
/// are float32.
/// </summary>
public abstract class NetworkGraph
{
    /// <summary>The length that stands for the batch axis N in shapes: it is known only when the network is run.</summary>
    public const long Batch = -1;

    /// <summary>Declares an input.</summary>
    /// <param name="name">Its name, once in a graph.</param>
    /// <param name="shape">Its shape, such as <c>[Batch, 784]</c>.</param>
    /// <param name="meaning">What it is, in a few words, for who runs the network.</param>
    /// <exception cref="ArgumentException">The graph has an input or output of that name.</exception>
    public abstract GraphValue Input(string name, IReadOnlyList<long> shape, string meaning);

    /// <summary>Declares an output.</summary>
    /// <param name="name">Its name, once in a graph.</param>
    /// <param name="value">What it is.</param>
    /// <param name="shape">Its shape, such as <c>[Batch, 40]</c>.</param>
    /// <param name="meaning">What it is, in a few words.</param>
    /// <exception cref="ArgumentException">The graph has an input or output of that name.</exception>
    public abstract void Output(string name, GraphValue value, IReadOnlyList<long> shape, string meaning);

    /// <summary>Numbers that are part of the network: weights, tables, indices. They are copied.</summary>
    /// <param name="values">float32 or int64, on any device. A model's weight keeps its name.</param>
    /// <exception cref="NotSupportedException">The tensor is of another type.</exception>
    public abstract GraphValue Constant(torch.Tensor values);

    /// <summary>
    /// A layer in evaluation mode: TorchSharp's own (linear, convolutions, batch and layer normalisation, activations, pooling, shapes and
    /// sequences of them), or a module that is an <see cref="IGraphLayer"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">It is another one; the message names it and says what it would have to say.</exception>
    public abstract GraphValue Layer(torch.nn.Module<torch.Tensor, torch.Tensor> layer, GraphValue input);

    /// <summary>Any operator of the ONNX standard, in version 17 of the operator set, with one output.</summary>
    /// <param name="name">Its name there, such as <c>Relu</c>.</param>
    /// <param name="inputs">Its inputs, in order.</param>
    /// <param name="attributes">Its attributes: whole numbers, real numbers, texts, or lists of whole numbers.</param>
    /// <exception cref="ArgumentException">An attribute is of another type.</exception>
    public GraphValue Apply(string name, IReadOnlyList<GraphValue> inputs, params IReadOnlyList<(string Name, object Value)> attributes)
        => Apply(name, 1, inputs, attributes)[0];

    /// <summary>The same with several outputs.</summary>
    /// <param name="name">Its name there, such as <c>Split</c>.</param>
    /// <param name="outputs">How many.</param>
    /// <param name="inputs">Its inputs, in order.</param>
    /// <param name="attributes">As above.</param>
    public abstract IReadOnlyList<GraphValue> Apply(
        string name, int outputs, IReadOnlyList<GraphValue> inputs, IReadOnlyList<(string Name, object Value)> attributes);

    /// <summary>One number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is a number, and beyond the range of float32.</exception>
    public GraphValue Number(double value)
    {
        if (double.IsFinite(value) && !float.IsFinite((float)value))
        {
            throw new ArgumentOutOfRangeException(
                nameof(value), value, FormattableString.Invariant($"a graph's numbers are float32, which ends at {float.MaxValue:G9}"));
        }
        using var tensor = torch.tensor((float)value, device: torch.CPU);
        return Constant(tensor);
    }

    /// <summary>Whole numbers, such as a shape or axes.</summary>
    public GraphValue Integers(params IReadOnlyList<long> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var tensor = torch.tensor(values.ToArray(), device: torch.CPU);
        return Constant(tensor);
    }

    /// <summary>Values side by side, by default along the last axis.</summary>
    public GraphValue Concatenate(IReadOnlyList<GraphValue> parts, long axis = -1)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return parts.Count == 1 ? parts[0] : Apply("Concat", parts, ("axis", axis));
    }

    /// <summary>The input <c>noise</c> <c>[N, Z]</c>: standard normal numbers.</summary>
    public GraphValue NormalNoise(long latentSize) => Input("noise", [Batch, latentSize], "standard normal numbers");

    /// <summary>
    /// A draw z <c>[N, Z]</c> from a mixture of M diagonal normals: the inputs <c>uniform</c> <c>[N]</c>, numbers in [0, 1), choose the
    /// components, the first m with π_1 + … + π_m above the number; <c>noise</c> is as in <see cref="NormalNoise"/>.
    /// </summary>
    /// <param name="means">μ, <c>[M, Z]</c>.</param>
    /// <param name="logVariances">log σ², <c>[M, Z]</c>.</param>
    /// <param name="weights">π, <c>[M]</c>, of any type; they sum to one.</param>
    /// <param name="latentSize">Z.</param>
    public GraphValue MixtureDraw(GraphValue means, GraphValue logVariances, torch.Tensor weights, long latentSize)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(logVariances);
        ArgumentNullException.ThrowIfNull(weights);
        var noise = NormalNoise(latentSize);
        var uniform = Input("uniform", [Batch], "numbers drawn uniformly from [0, 1), which choose the mixture's components");
        using var scope = torch.NewDisposeScope();
        var edges = weights.detach().cpu().to(torch.float64).cumsum(0).to(torch.float32);
        // Rounding may leave the last sum below a number that is below one.
        edges[^1] = 2;
        var passed = Apply("GreaterOrEqual", [uniform.Reshape(Batch, 1), Constant(edges)]);
        var component = Apply("Cast", [passed], ("to", ElementInt64)).Sum(-1);
        return means.Rows(component) + (logVariances.Rows(component) * 0.5).Exp() * noise;
    }

    // TensorProto.DataType.INT64.
    private const long ElementInt64 = 7;
}
