namespace VaeToolkit.Networks;

/// <summary>A parameter of a likelihood as a value of a <see cref="NetworkGraph"/>.</summary>
/// <param name="Name">Its name as an output, such as <c>logits</c>.</param>
/// <param name="Value">The value.</param>
/// <param name="Shape">Its shape, such as <c>[NetworkGraph.Batch, 784]</c>.</param>
/// <param name="Meaning">What it is, in a few words.</param>
public sealed record GraphParameter(string Name, GraphValue Value, IReadOnlyList<long> Shape, string Meaning)
{
    /// <summary>The name and the shape, with −1 for the batch axis.</summary>
    public override string ToString() => $"{Name} {VaeToolkit.Shape.Text(Shape)}";
}
