using System.Globalization;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch. It belongs to the innermost dispose scope of the thread that made it, if there is one; its native half is
    /// freed exactly once, by whoever comes first of <see cref="Dispose()"/>, the scope and the finalizer.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private static long s_totalCount;
        private IntPtr _handle;

        internal Tensor(IntPtr handle)
        {
            _handle = handle;
            Interlocked.Increment(ref s_totalCount);
            DisposeScopeManager.OfThisThread.Register(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>Number of tensors alive in the process, on every thread.</summary>
        public static long TotalCount => Interlocked.Read(ref s_totalCount);

        public IntPtr Handle => _handle != IntPtr.Zero ? _handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        public bool IsInvalid => _handle == IntPtr.Zero;

        public long Dimensions => Native(NativeMethods.standin_dim(Handle));

        public long ndim => Dimensions;

        public long NumberOfElements => Native(NativeMethods.standin_numel(Handle));

        public long ElementSize => Native(NativeMethods.standin_element_size(Handle));

        public ScalarType dtype => (ScalarType)Native(NativeMethods.standin_dtype(Handle));

        public DeviceType device_type => (DeviceType)Native(NativeMethods.standin_device_type(Handle));

        public int device_index
        {
            get
            {
                var index = NativeMethods.standin_device_index(Handle);
                GC.KeepAlive(this);
                return (int)index;
            }
        }

        public Device device => new(device_type, device_index);

        public bool is_cuda => device_type == DeviceType.CUDA;

        public unsafe long[] shape
        {
            get
            {
                var sizes = stackalloc long[64];
                return new ReadOnlySpan<long>(sizes, (int)Native(NativeMethods.standin_sizes(Handle, sizes))).ToArray();
            }
        }

        public Tensor T => Ops.NumpyT.Call(this);

        public bool requires_grad
        {
            get => Native(NativeMethods.standin_requires_grad(Handle)) != 0;
            set => Native(NativeMethods.standin_set_requires_grad(Handle, value ? 1 : 0));
        }

        public bool is_leaf => Native(NativeMethods.standin_is_leaf(Handle)) != 0;

        /// <summary>The gradient, a new handle at every call, or null.</summary>
        public unsafe Tensor? grad
        {
            get
            {
                long status;
                var grad = NativeMethods.standin_grad(Handle, &status);
                Native(status);
                return grad == IntPtr.Zero ? null : new Tensor(grad);
            }
            set
            {
                Native(NativeMethods.standin_set_grad(Handle, value?.Handle ?? IntPtr.Zero));
                GC.KeepAlive(value);
            }
        }

        internal DisposeScope? OwningDisposeScope { get; set; }

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long element_size() => ElementSize;

        public long size(int dim) => shape[dim < 0 ? dim + (int)Dimensions : dim];

        public long[] size() => shape;

        public unsafe long[] stride()
        {
            var strides = stackalloc long[64];
            return new ReadOnlySpan<long>(strides, (int)Native(NativeMethods.standin_strides(Handle, strides))).ToArray();
        }

        public bool is_contiguous() => Native(NativeMethods.standin_is_contiguous(Handle)) != 0;

        public bool is_floating_point() => dtype is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public void backward()
        {
            Native(NativeMethods.standin_backward(Handle, IntPtr.Zero, 0, 0));
        }

        /// <summary>Backpropagates from this tensor; the stand-in takes at most one gradient and all leaves as inputs.</summary>
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            if (inputs is not null || grad_tensors?.Count > 1)
                throw new NotSupportedException("the stand-in takes at most one gradient and no inputs");
            var gradient = grad_tensors?.FirstOrDefault();
            Native(NativeMethods.standin_backward(Handle, gradient?.Handle ?? IntPtr.Zero, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0));
            GC.KeepAlive(gradient);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            if (OwningDisposeScope is { } owner)
                owner.MoveToOther(other, this);
            else
                other.Attach(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        public override string ToString()
            => IsInvalid
                ? "[disposed tensor]"
                : string.Create(CultureInfo.InvariantCulture, $"[{string.Join("x", shape)}], type = {dtype}, device = {device}");

        protected virtual void Dispose(bool disposing)
        {
            var handle = TakeHandle();
            if (handle == IntPtr.Zero)
                return;
            NativeMethods.standin_free(handle);
            if (!disposing)
                return;
            if (OwningDisposeScope is { } owner)
                owner.MarkAsDisposed(this);
            else
                DisposeScopeManager.Statistics.DisposedOutsideScopeCount++;
        }

        /// <summary>Frees the native half on behalf of the scope, which has counted it already.</summary>
        internal void Release()
        {
            var handle = TakeHandle();
            if (handle != IntPtr.Zero)
                NativeMethods.standin_free(handle);
            GC.SuppressFinalize(this);
        }

        /// <summary>Takes the native half out of this object, which is invalid from then on.</summary>
        internal IntPtr MoveHandle()
        {
            var handle = Handle;
            if (OwningDisposeScope is { } owner)
                owner.MarkAsDisposed(this);
            else
                DisposeScopeManager.Statistics.DisposedOutsideScopeCount++;
            TakeHandle();
            GC.SuppressFinalize(this);
            return handle;
        }

        private IntPtr TakeHandle()
        {
            var handle = Interlocked.Exchange(ref _handle, IntPtr.Zero);
            if (handle != IntPtr.Zero)
                Interlocked.Decrement(ref s_totalCount);
            return handle;
        }

        private long Native(long result)
        {
            GC.KeepAlive(this);
            return NativeMethods.Check(result);
        }
    }
}
