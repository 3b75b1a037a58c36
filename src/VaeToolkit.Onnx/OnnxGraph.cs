using Onnx;
using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.Onnx;

/// <summary>A network on its way into an ONNX file.</summary>
internal sealed class OnnxGraph : NetworkGraph
{
    // A protocol buffer ends at 2 GiB; the rest of the graph is far smaller than this share.
    private const long MostWeightBytes = int.MaxValue - (1L << 24);

    private readonly IReadOnlyDictionary<IntPtr, string> _weightNames;
    private readonly Dictionary<IntPtr, GraphValue> _weights = [];
    private readonly HashSet<string> _names = [];
    private long _weightBytes;
    private int _count;

    /// <param name="name">The graph's name.</param>
    /// <param name="weightNames">Names of a model's weights by their handles.</param>
    internal OnnxGraph(string name, IReadOnlyDictionary<IntPtr, string> weightNames)
        => (Proto, _weightNames) = (new() { Name = name }, weightNames);

    /// <summary>What has been written.</summary>
    internal GraphProto Proto { get; }

    public override GraphValue Input(string name, IReadOnlyList<long> shape, string meaning)
    {
        Proto.Input.Add(Declared(name, shape, meaning));
        return new(this, name);
    }

    public override void Output(string name, GraphValue value, IReadOnlyList<long> shape, string meaning)
    {
        RequireOwn(value);
        Proto.Output.Add(Declared(name, shape, meaning));
        Proto.Node.Add(new NodeProto { OpType = "Identity", Name = $"{name}_output", Input = { value.Name }, Output = { name } });
    }

    public override GraphValue Constant(torch.Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (_weights.TryGetValue(values.Handle, out var known))
            return known;
        var isWeight = _weightNames.TryGetValue(values.Handle, out var weight);
        var name = isWeight ? weight! : NewName("constant");
        if (isWeight && values.is_floating_point())
            RequireFinite(values, name);
        _weightBytes += values.NumberOfElements * values.ElementSize;
        if (_weightBytes > MostWeightBytes)
            throw new NotSupportedException($"the weights up to {name} take {_weightBytes} bytes; an ONNX file of one part ends at 2 GiB");
        Proto.Initializer.Add(OnnxTensors.Of(values, name));
        var value = new GraphValue(this, name);
        if (isWeight)
            _weights.Add(values.Handle, value);
        return value;
    }

    public override GraphValue Layer(torch.nn.Module<torch.Tensor, torch.Tensor> layer, GraphValue input)
    {
        ArgumentNullException.ThrowIfNull(layer);
        RequireOwn(input);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return layer is IGraphLayer own ? own.WriteTo(this, input) : OnnxLayers.Write(this, layer, input);
    }

    public override IReadOnlyList<GraphValue> Apply(
        string name, int outputs, IReadOnlyList<GraphValue> inputs, IReadOnlyList<(string Name, object Value)> attributes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(attributes);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        var node = new NodeProto { OpType = name, Name = NewName(name) };
        foreach (var input in inputs)
        {
            RequireOwn(input);
            node.Input.Add(input.Name);
        }
        foreach (var (key, value) in attributes)
            node.Attribute.Add(Attribute(key, value));
        for (var i = 0; i < outputs; i++)
            node.Output.Add(outputs == 1 ? $"{node.Name}_output" : $"{node.Name}_output{i}");
        Proto.Node.Add(node);
        return [.. node.Output.Select(output => new GraphValue(this, output))];
    }

    /// <summary>The name and the number of nodes.</summary>
    public override string ToString() => $"{Proto.Name} of {Proto.Node.Count} nodes";

    private static AttributeProto Attribute(string name, object value) => value switch
    {
        long number => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = number },
        int number => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = number },
        double number => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = (float)number },
        string text => new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = OnnxTensors.Utf8(text) },
        IEnumerable<long> numbers => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { numbers } },
        _ => throw new ArgumentException(
            $"the attribute {name} is a {value?.GetType().Name ?? "null"}; it must be a whole or real number, a text or whole numbers",
            nameof(value)),
    };

    // An engine would answer NaN to everything, far from where it came from.
    private static void RequireFinite(torch.Tensor weight, string name)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        if (!weight.isfinite().all().ToBoolean())
            throw new ArgumentException($"the weight {name} has values that are NaN or infinite; export a model of finite weights");
    }

    private ValueInfoProto Declared(string name, IReadOnlyList<long> shape, string meaning)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (!_names.Add(name))
            throw new ArgumentException($"the graph {Proto.Name} has an input or output '{name}' already", nameof(name));
        var axes = new TensorShapeProto();
        foreach (var length in shape)
            axes.Dim.Add(length == Batch ? new() { DimParam = "N" } : new TensorShapeProto.Types.Dimension { DimValue = length });
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = axes };
        return new() { Name = name, DocString = meaning, Type = new() { TensorType = type } };
    }

    private string NewName(string of) => $"{of}_{++_count}";

    private void RequireOwn(GraphValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Graph != this)
            throw new ArgumentException($"the value {value.Name} is of another graph than {Proto.Name}", nameof(value));
    }
}
