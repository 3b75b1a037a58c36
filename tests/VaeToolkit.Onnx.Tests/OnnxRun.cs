using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace VaeToolkit.Onnx.Tests;

/// <summary>A file in ONNX Runtime.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxRun(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _session = new(path, options);
    }

    public IReadOnlyList<string> Inputs => _session.InputNames;

    public ModelMetadata Metadata => _session.ModelMetadata;

    /// <summary>Shape of an input or output, with −1 for the batch axis, and the name of that axis.</summary>
    public (int[] Shape, string[] Names) Declared(string name)
    {
        var all = _session.InputMetadata.Concat(_session.OutputMetadata).First(pair => pair.Key == name).Value;
        return (all.Dimensions, all.SymbolicDimensions);
    }

    /// <summary>The outputs by name, as tensors of the caller's dispose scope.</summary>
    public Dictionary<string, torch.Tensor> Run(IReadOnlyDictionary<string, torch.Tensor> inputs)
    {
        var values = inputs.ToDictionary(pair => pair.Key, pair => OrtValue.CreateTensorValueFromMemory(
            pair.Value.detach().contiguous().data<float>().ToArray(), pair.Value.shape));
        using var options = new RunOptions();
        using var results = _session.Run(options, values, _session.OutputNames);
        foreach (var value in values.Values)
            value.Dispose();
        return _session.OutputNames.Zip(results).ToDictionary(pair => pair.First, pair => torch.tensor(
            pair.Second.GetTensorDataAsSpan<float>().ToArray(), pair.Second.GetTensorTypeAndShape().Shape));
    }

    public void Dispose() => _session.Dispose();
}
