namespace VaeToolkit.Networks;

/// <summary>A model that can be written as networks for another engine.</summary>
public interface IGraphModel
{
    /// <summary>The model's kind, such as <c>vaetoolkit.vae</c>.</summary>
    string GraphKind { get; }

    /// <summary>Shape of one item.</summary>
    IReadOnlyList<long> ItemShape { get; }

    /// <summary>Number of latent features Z.</summary>
    long LatentSize { get; }

    /// <summary>Its networks.</summary>
    IReadOnlyList<GraphDefinition> Graphs { get; }
}
