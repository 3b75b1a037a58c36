namespace TorchSharp;

public static partial class torch
{
    /// <summary>One entry of an indexing expression: an index, a slice, everything, a new axis or a tensor.</summary>
    public readonly struct TensorIndex
    {
        public static readonly TensorIndex Ellipsis = new(IndexKind.Ellipsis);
        public static readonly TensorIndex None = new(IndexKind.None);
        public static readonly TensorIndex Colon = Slice();

        private TensorIndex(IndexKind kind, long? start = null, long? stop = null, long? step = null, Tensor? tensor = null)
            => (Kind, Start, Stop, Step, IndexTensor) = (kind, start, stop, step, tensor);

        internal enum IndexKind
        {
            Ellipsis,
            None,
            Single,
            Slice,
            Tensor,
        }

        internal IndexKind Kind { get; }

        internal long? Start { get; }

        internal long? Stop { get; }

        internal long? Step { get; }

        internal Tensor? IndexTensor { get; }

        public static implicit operator TensorIndex(long value) => Single(value);

        public static TensorIndex Single(long? index) => new(IndexKind.Single, index);

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new(IndexKind.Slice, start, stop, step);

        public static TensorIndex Tensor(Tensor tensor) => new(IndexKind.Tensor, tensor: tensor);
    }
}
