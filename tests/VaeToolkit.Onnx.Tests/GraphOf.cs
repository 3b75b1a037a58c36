using VaeToolkit.Networks;

namespace VaeToolkit.Onnx.Tests;

/// <summary>One network that is no model's.</summary>
internal sealed class GraphOf(Action<NetworkGraph> write) : IGraphModel
{
    public string GraphKind => "test";

    public IReadOnlyList<long> ItemShape => [1];

    public long LatentSize => 1;

    public IReadOnlyList<GraphDefinition> Graphs => [new("network", write)];

    public void Write(string path) => this.ExportGraph("network", path);
}
