using TorchSharp.Modules;
using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp;

public static class TensorExtensionMethods
{
    public static double ToDouble(this Tensor value) => Number(value);

    public static float ToSingle(this Tensor value) => (float)Number(value);

    public static long ToInt64(this Tensor value) => (long)Number(value);

    public static int ToInt32(this Tensor value) => (int)Number(value);

    public static bool ToBoolean(this Tensor value) => Number(value) != 0;

    public static Parameter AsParameter(this Tensor tensor) => new(tensor);

    private static double Number(Tensor value)
        => value.NumberOfElements == 1 ? Ops.Item.CallNumber(value) : throw new ArgumentException("Number of elements in the tensor must be 1");
}
