using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Moving to another device or number type replaces the tensors that change; whole-number tensors keep their type.
        public abstract partial class Module
        {
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                foreach (var (_, module) in _modulesByName)
                    module._to(device, dtype, non_blocking);
                _toEpilog(dtype, device, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                foreach (var (_, module) in _modulesByName)
                    module._to(deviceType, deviceIndex, non_blocking);
                _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                foreach (var (_, module) in _modulesByName)
                    module._to(dtype, non_blocking);
                _toEpilog(dtype, null, non_blocking);
                return this;
            }

            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                foreach (var (key, before) in _parametersByName.ToArray<(string, Parameter)>())
                {
                    if (Moved(before, dtype, device, non_blocking) is not { } moved)
                        continue;
                    var after = new Parameter(moved, before.requires_grad);
                    MoveGradient(before, after, non_blocking);
                    after.DetachFromDisposeScope();
                    _parametersByName[key] = after;
                    Replace(key, before, after);
                }
                foreach (var (key, before) in _buffersByName.ToArray<(string, (Tensor Tensor, bool Persistent))>())
                {
                    if (Moved(before.Tensor, dtype, device, non_blocking) is not { } after)
                        continue;
                    _buffersByName[key] = (after.DetachFromDisposeScope(), before.Persistent);
                    Replace(key, before.Tensor, after);
                }
            }

            private static Tensor? Moved(Tensor tensor, ScalarType? dtype, Device? device, bool nonBlocking)
            {
                var type = dtype is { } wanted && tensor.is_floating_point() ? wanted : tensor.dtype;
                var place = device ?? tensor.device;
                if (type == tensor.dtype && place.type == tensor.device_type && place.index == tensor.device.index)
                    return null;
                using var values = tensor.detach();
                return values.to(type, place, non_blocking: nonBlocking);
            }

            private static void MoveGradient(Tensor before, Tensor after, bool nonBlocking)
            {
                using var gradient = before.grad;
                if (gradient is null)
                    return;
                using var moved = gradient.to(after.dtype, after.device, non_blocking: nonBlocking);
                after.grad = moved;
            }

            // As TorchSharp does, a field that has the registered name is made to refer to the new tensor.
            private void Replace(string key, Tensor before, Tensor after)
            {
                foreach (var field in Fields().Where(f => f.Name == key && ReferenceEquals(f.GetValue(this), before)))
                    field.SetValue(this, after);
                before.Dispose();
            }
        }
    }
}
