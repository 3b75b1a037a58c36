namespace VaeToolkit.Networks;

/// <summary>A tensor of a <see cref="NetworkGraph"/>: no numbers yet, but the place where they will be.</summary>
/// <param name="graph">The graph that it is of.</param>
/// <param name="name">Its name there.</param>
/// <exception cref="ArgumentNullException">One of them is null, as is thrown by all members.</exception>
public sealed class GraphValue(NetworkGraph graph, string name)
{
    /// <summary>The graph that it is of.</summary>
    public NetworkGraph Graph { get; } = Given(graph, nameof(graph));

    /// <summary>Its name in the graph.</summary>
    public string Name { get; } = Given(name, nameof(name));

    /// <summary>a + b, broadcast.</summary>
    public static GraphValue operator +(GraphValue a, GraphValue b) => Given(a, nameof(a)).Then("Add", Given(b, nameof(b)));

    /// <summary>a + b.</summary>
    public static GraphValue operator +(GraphValue a, double b) => a + Given(a, nameof(a)).Graph.Number(b);

    /// <summary>a − b, broadcast.</summary>
    public static GraphValue operator -(GraphValue a, GraphValue b) => Given(a, nameof(a)).Then("Sub", Given(b, nameof(b)));

    /// <summary>−a.</summary>
    public static GraphValue operator -(GraphValue a) => Given(a, nameof(a)).Then("Neg");

    /// <summary>a b, element by element, broadcast.</summary>
    public static GraphValue operator *(GraphValue a, GraphValue b) => Given(a, nameof(a)).Then("Mul", Given(b, nameof(b)));

    /// <summary>a b.</summary>
    public static GraphValue operator *(GraphValue a, double b) => a * Given(a, nameof(a)).Graph.Number(b);

    /// <summary>a / b, element by element, broadcast.</summary>
    public static GraphValue operator /(GraphValue a, GraphValue b) => Given(a, nameof(a)).Then("Div", Given(b, nameof(b)));

    /// <summary>An operator of the ONNX standard of this value and others.</summary>
    public GraphValue Then(string name, params IReadOnlyList<GraphValue> others)
        => Graph.Apply(Given(name, nameof(name)), [this, .. Given(others, nameof(others))]);

    /// <summary>eˣ.</summary>
    public GraphValue Exp() => Then("Exp");

    /// <summary>tanh(x).</summary>
    public GraphValue Tanh() => Then("Tanh");

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public GraphValue Sigmoid() => Then("Sigmoid");

    /// <summary>Probabilities from logits along an axis.</summary>
    public GraphValue Softmax(long axis) => Graph.Apply("Softmax", [this], ("axis", axis));

    /// <summary>The values between two limits.</summary>
    public GraphValue Clamp(double least, double most) => Then("Clip", Graph.Number(least), Graph.Number(most));

    /// <summary>A log-variance within its range, which may be none.</summary>
    public GraphValue Clamp(LogVarianceRange? range) => range is null ? this : Clamp(range.Minimum, range.Maximum);

    /// <summary>The values, none above a limit.</summary>
    public GraphValue Minimum(double most) => Then("Min", Graph.Number(most));

    /// <summary>Neighbouring numbers of the last axis.</summary>
    public GraphValue Slice(long start, long length)
        => Then("Slice", Graph.Integers(start), Graph.Integers(start + length), Graph.Integers(-1));

    /// <summary>The same values in another shape, of which one length may be −1 for what is left.</summary>
    public GraphValue Reshape(params IReadOnlyList<long> shape) => Then("Reshape", Graph.Integers(Given(shape, nameof(shape))));

    /// <summary>Another axis of length one.</summary>
    public GraphValue Unsqueeze(long axis) => Then("Unsqueeze", Graph.Integers(axis));

    /// <summary>The sum along an axis, which is gone then.</summary>
    public GraphValue Sum(long axis) => Graph.Apply("ReduceSum", [this, Graph.Integers(axis)], ("keepdims", 0L));

    /// <summary>Other values, repeated to the shape of these.</summary>
    public GraphValue Fill(GraphValue values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.Then("Expand", Then("Shape"));
    }

    /// <summary>Some rows, by their whole numbers.</summary>
    public GraphValue Rows(GraphValue indices) => Then("Gather", Given(indices, nameof(indices)));

    /// <summary>The two halves of an axis.</summary>
    public (GraphValue First, GraphValue Second) Halves(long axis)
    {
        var halves = Graph.Apply("Split", 2, [this], [("axis", axis)]);
        return (halves[0], halves[1]);
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static T Given<T>(T argument, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(argument, name);
        return argument;
    }
}
