namespace VaeToolkit.Networks;

/// <summary>A layer of your own, a module from tensor to tensor, that says what it computes when a network is written down.</summary>
public interface IGraphLayer
{
    /// <summary>Writes what the layer computes in evaluation mode.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="input">Its input.</param>
    /// <returns>Its output.</returns>
    GraphValue WriteTo(NetworkGraph graph, GraphValue input);
}
