using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor on the CPU in row-major order. One that is not contiguous is read through a copy.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    private readonly Tensor _tensor;
    private readonly bool _isCopy;

    internal TensorAccessor(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
            throw new InvalidOperationException($"The tensor is on {tensor.device}; copy it to the CPU before it is read.");
        _isCopy = !tensor.is_contiguous();
        _tensor = _isCopy ? CopyOf(tensor) : tensor;
        Count = tensor.NumberOfElements;
    }

    public long Count { get; }

    private Span<T> Elements => new(_tensor.DataPointer(), checked((int)Count));

    public T[] ToArray()
    {
        var array = Elements.ToArray();
        GC.KeepAlive(_tensor);
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        Elements[(int)tensorIndex..].CopyTo(array[arrayIndex..]);
        GC.KeepAlive(_tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        if (_isCopy)
            throw new InvalidOperationException("Writing needs a contiguous tensor on the CPU.");
        var target = Elements[(int)tensorIndex..];
        var source = array[arrayIndex..];
        source[..Math.Min(source.Length, target.Length)].CopyTo(target);
        GC.KeepAlive(_tensor);
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        if (_isCopy)
            _tensor.Dispose();
    }

    private static Tensor CopyOf(Tensor tensor)
    {
        using var values = tensor.detach();
        return values.contiguous().DetachFromDisposeScope();
    }
}
