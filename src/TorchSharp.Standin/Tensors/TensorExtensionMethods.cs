using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp;

public static class TensorExtensionMethods
{
    public static double ToDouble(this Tensor value) => value.ToScalar().AsDouble;

    public static float ToSingle(this Tensor value) => (float)value.ToScalar().AsDouble;

    public static long ToInt64(this Tensor value) => value.ToScalar().AsInt64;

    public static int ToInt32(this Tensor value) => (int)value.ToScalar().AsInt64;

    public static bool ToBoolean(this Tensor value) => value.ToScalar().AsDouble != 0;

    public static Parameter AsParameter(this Tensor tensor) => new(tensor);
}
