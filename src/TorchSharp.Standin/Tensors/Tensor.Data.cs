using TorchSharp.Native;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The raw storage of a contiguous tensor on the CPU, shared and not copied.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (!is_contiguous())
                    throw new NotImplementedException("Bytes() called on non-contiguous tensor.");
                if (device_type != DeviceType.CPU)
                    throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
                return new Span<byte>(DataPointer(), checked((int)(NumberOfElements * ElementSize)));
            }

            set
            {
                var target = bytes;
                if (value.Length != target.Length)
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(target);
            }
        }

        public TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            RequireType(typeof(T));
            return new TensorAccessor<T>(this);
        }

        public T item<T>()
            where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            return data<T>().First();
        }

        public Scalar ToScalar()
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            return Ops.Item.CallScalar(this);
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => Convert(type, null, copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => Convert(null, device, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => Convert(type, device, copy, disposeAfter, non_blocking);

        public Tensor cpu() => Convert(null, CPU, false, false, false);

        public Tensor cuda(Device? device = null, bool non_blocking = false) => Convert(null, device ?? CUDA, false, false, non_blocking);

        public Tensor @float() => to(ScalarType.Float32);

        public Tensor @double() => to(ScalarType.Float64);

        public Tensor @long() => to(ScalarType.Int64);

        public Tensor @bool() => to(ScalarType.Bool);

        public Tensor @byte() => to(ScalarType.Byte);

        internal unsafe void* DataPointer() => NativeMethods.standin_data(Handle);

        // Already in place: TorchSharp gives back another handle to the same tensor.
        private Tensor Convert(ScalarType? type, Device? device, bool copy, bool disposeAfter, bool nonBlocking)
        {
            if (device is { type: DeviceType.CUDA })
                RequireCuda();
            var result = Ops.ToDtypeLayout.Call(this, type, Arg.None, device, Arg.None, nonBlocking, copy);
            if (disposeAfter)
                Dispose();
            return result;
        }

        private void RequireType(Type type)
        {
            if (ScalarTypeOf(type) != dtype)
                throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }

        internal static ScalarType ScalarTypeOf(Type type) => Type.GetTypeCode(type) switch
        {
            TypeCode.Byte => ScalarType.Byte,
            TypeCode.SByte => ScalarType.Int8,
            TypeCode.Int16 => ScalarType.Int16,
            TypeCode.Int32 => ScalarType.Int32,
            TypeCode.Int64 => ScalarType.Int64,
            TypeCode.Single => ScalarType.Float32,
            TypeCode.Double => ScalarType.Float64,
            TypeCode.Boolean => ScalarType.Bool,
            _ when type == typeof(Half) => ScalarType.Float16,
            _ => throw new ArgumentException($"{type.Name} is not an element type of tensors"),
        };
    }
}
