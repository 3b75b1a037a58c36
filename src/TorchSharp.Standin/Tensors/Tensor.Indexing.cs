using TorchSharp.Native;
using static TorchSharp.torch.TensorIndex;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => Indexed(indices);
            set => Assign(Indexed(indices), value);
        }

        // A view, but for tensors among the indices. Every intermediate view is disposed at once.
        private Tensor Indexed(TensorIndex[] indices)
        {
            var current = alias();
            var axis = 0L;
            foreach (var (index, position) in indices.Select((index, position) => (index, position)))
            {
                var rest = indices.Skip(position + 1).Count(i => i.Kind != IndexKind.None);
                var next = Apply(current, index, ref axis, rest);
                if (ReferenceEquals(next, current))
                    continue;
                current.Dispose();
                current = next;
            }
            return current;
        }

        private static Tensor Apply(Tensor tensor, in TensorIndex index, ref long axis, long rest)
        {
            switch (index.Kind)
            {
                case IndexKind.Single:
                    return tensor.select(axis, index.Start!.Value);
                case IndexKind.None:
                    return tensor.unsqueeze(axis++);
                case IndexKind.Slice:
                    return Ops.SliceTensor.Call(tensor, axis++, index.Start, index.Stop, index.Step ?? 1);
                case IndexKind.Ellipsis:
                    axis = tensor.Dimensions - rest;
                    return tensor;
                default:
                    return tensor.index_select(axis++, index.IndexTensor!);
            }
        }

        private static void Assign(Tensor view, Tensor value)
        {
            using (view)
                view.copy_(value);
        }
    }
}
