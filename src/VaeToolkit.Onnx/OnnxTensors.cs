using Google.Protobuf;
using Onnx;
using TorchSharp;

namespace VaeToolkit.Onnx;

/// <summary>Tensors and texts as ONNX holds them.</summary>
internal static class OnnxTensors
{
    /// <summary>A copy of a tensor's numbers under a name.</summary>
    internal static TensorProto Of(torch.Tensor values, string name)
    {
        var type = values.dtype switch
        {
            torch.ScalarType.Float32 => TensorProto.Types.DataType.Float,
            torch.ScalarType.Int64 => TensorProto.Types.DataType.Int64,
            _ => throw new NotSupportedException(
                $"{name} is of type {values.dtype}; exported networks are float32, which every engine has for every operator: "
                + "move the model with to(torch.float32) first"),
        };
        using var scope = torch.NewDisposeScope();
        var bytes = values.detach().cpu().contiguous().bytes;
        return new() { Name = name, DataType = (int)type, Dims = { values.shape }, RawData = ByteString.CopyFrom(bytes) };
    }

    /// <summary>A text as bytes.</summary>
    internal static ByteString Utf8(string text) => ByteString.CopyFromUtf8(text);
}
