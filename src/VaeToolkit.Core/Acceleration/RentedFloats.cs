using System.Buffers;

namespace VaeToolkit;

/// <summary>Memory from the shared pool, pinned and beginning at a line of the cache, until it is disposed.</summary>
internal readonly unsafe ref struct RentedFloats : IDisposable
{
    private const int Line = 64;

    private readonly float[] _array;
    private readonly MemoryHandle _pin;

    /// <summary>Rents memory; what it holds is left from before.</summary>
    /// <param name="count">Numbers that it must hold.</param>
    internal RentedFloats(int count)
    {
        _array = ArrayPool<float>.Shared.Rent(count + (Line / sizeof(float)));
        _pin = _array.AsMemory().Pin();
        Values = (float*)(((nint)_pin.Pointer + Line - 1) & -Line);
    }

    /// <summary>The first number.</summary>
    internal float* Values { get; }

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        _pin.Dispose();
        ArrayPool<float>.Shared.Return(_array);
    }
}
