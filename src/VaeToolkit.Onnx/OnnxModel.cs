using System.Globalization;
using System.Reflection;
using Google.Protobuf;
using Onnx;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Onnx;

/// <summary>
/// Models as ONNX files, for ONNX Runtime and other engines: float32, with a free batch axis <c>N</c>, in the mathematics of evaluation
/// mode whatever mode the model is in. What a part does not say of itself (<c>WriteTo</c>) is refused by name.
/// </summary>
public static class OnnxModel
{
    /// <summary>The version of ONNX's operator set that files are written in.</summary>
    public const int OperatorSet = 17;

    // The version of the file format that came with that operator set.
    private const int FormatVersion = 8;

    /// <summary>Writes every network of a model, a file each: <c>encoder.onnx</c>, <c>decoder.onnx</c>, <c>sampler.onnx</c>.</summary>
    /// <param name="model">The model, such as a <see cref="Vae"/>.</param>
    /// <param name="folder">The folder; it is made if it is not there.</param>
    /// <returns>The files' paths. Nothing is written unless every network can be.</returns>
    /// <exception cref="NotSupportedException">A part cannot be exported; the message names it, and what its class would have to say.
    /// Or the weights are not float32.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> ExportOnnx(this IGraphModel model, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var built = model.Graphs.Select(graph => (Path.Combine(folder, $"{graph.Name}.onnx"), Build(model, graph))).ToList();
        foreach (var (path, proto) in built)
            AtomicFile.Write(path, proto.WriteTo);
        return [.. built.Select(pair => pair.Item1)];
    }

    /// <summary>Writes the encoder: <c>x</c> to <c>mean</c> and <c>log_variance</c>.</summary>
    /// <inheritdoc cref="ExportGraph"/>
    public static void ExportEncoder(this IGraphModel model, string path) => model.ExportGraph("encoder", path);

    /// <summary>Writes the decoder: <c>z</c> to <c>mean</c> and the likelihood's other parameters.</summary>
    /// <inheritdoc cref="ExportGraph"/>
    public static void ExportDecoder(this IGraphModel model, string path) => model.ExportGraph("decoder", path);

    /// <summary>Writes prior and decoder: random numbers to <c>z</c> and <c>mean</c>.</summary>
    /// <inheritdoc cref="ExportGraph"/>
    public static void ExportSampler(this IGraphModel model, string path) => model.ExportGraph("sampler", path);

    /// <summary>Writes one network of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Which of its networks, such as <c>encoder</c>.</param>
    /// <param name="path">The file; it is written to a temporary name first and renamed.</param>
    /// <exception cref="ArgumentException">The model has no such network, or a weight that is NaN or infinite.</exception>
    /// <exception cref="NotSupportedException">A part cannot be exported; the message names it, and what its class would have to say.
    /// Or the weights are not float32.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void ExportGraph(this IGraphModel model, string name, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        var graph = model.Graphs.FirstOrDefault(graph => graph.Name == name) ?? throw new ArgumentException(
            $"a {model.GraphKind} has no network '{name}'; it has {string.Join(", ", model.Graphs.Select(graph => graph.Name))}",
            nameof(name));
        AtomicFile.Write(path, Build(model, graph).WriteTo);
    }

    private static ModelProto Build(IGraphModel model, GraphDefinition definition)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var graph = new OnnxGraph(definition.Name, WeightNames(model));
        definition.Write(graph);
        var file = new ModelProto
        {
            IrVersion = FormatVersion,
            ProducerName = "VaeToolkit",
            ProducerVersion = LibraryVersion,
            DocString = $"{model}",
            Graph = graph.Proto,
            OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } },
        };
        foreach (var (key, value) in Metadata(model, graph.Proto))
            file.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return file;
    }

    private static string LibraryVersion => typeof(OnnxModel).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static IEnumerable<(string Key, string Value)> Metadata(IGraphModel model, GraphProto graph) =>
    [
        (SafeTensors.KindKey, model.GraphKind),
        ("network", graph.Name),
        ("library_version", LibraryVersion),
        ("item_shape", string.Join(",", model.ItemShape)),
        ("latent_size", model.LatentSize.ToString(CultureInfo.InvariantCulture)),
        .. graph.Input.Select(input => ($"input.{input.Name}", input.DocString)),
        .. graph.Output.Select(output => ($"output.{output.Name}", output.DocString)),
    ];

    // Weights keep the names that they have in weight files.
    private static Dictionary<IntPtr, string> WeightNames(IGraphModel model)
    {
        var names = new Dictionary<IntPtr, string>();
        foreach (var (name, tensor) in (model as torch.nn.Module)?.state_dict() ?? [])
            names.TryAdd(tensor.Handle, name);
        return names;
    }
}
