namespace VaeToolkit.Networks;

/// <summary>One network that a model can be written as.</summary>
/// <param name="Name">Its name, such as <c>encoder</c>; it is a file's name too.</param>
/// <param name="Write">Declares its inputs, writes what it computes and declares its outputs.</param>
public sealed record GraphDefinition(string Name, Action<NetworkGraph> Write)
{
    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
