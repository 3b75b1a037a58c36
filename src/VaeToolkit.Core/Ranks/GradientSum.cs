using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Training;

/// <summary>
/// Adds up the gradients of all ranks, those of one type in one buffer: every gradient, then for every parameter whether it has one, then
/// how many ranks failed in their part of the step and how many want to stop.
/// </summary>
internal sealed class GradientSum : IDisposable
{
    private const int Messages = 2;

    // Numbers of one sum: spans count bytes, and MPI numbers, by int.
    private const int MostAtOnce = 1 << 27;

    private readonly Buffer[] _buffers;

    /// <param name="parameters">The parameters, of which those that need no gradient are passed over.</param>
    /// <param name="mostAtOnce">Numbers that are summed in one call, at least 1; what is longer is summed part by part.</param>
    /// <exception cref="NotSupportedException">A parameter is neither float32 nor float64.</exception>
    internal GradientSum(IEnumerable<Parameter> parameters, int mostAtOnce = MostAtOnce)
    {
        using var scope = torch.NewDisposeScope();
        _buffers = [.. parameters.Where(parameter => parameter.requires_grad)
            .GroupBy(parameter => parameter.dtype).Select(group => new Buffer(group.Key, [.. group], mostAtOnce))];
    }

    /// <summary>
    /// Puts the sum of all ranks' gradients in place of this rank's, unless a rank has failed.
    /// </summary>
    /// <returns>Whether a rank has failed, whether one wants to stop, and whether there is any gradient.</returns>
    internal (bool Failed, bool Stops, bool Any) Exchange(IExchange exchange, bool failed, bool stops)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Array.ForEach(_buffers, buffer => buffer.Fill(failed, stops));
        Array.ForEach(_buffers, buffer => buffer.Reduce(exchange));
        var (anyFailed, anyStops) = _buffers.Length > 0 ? _buffers[0].Said : (failed, stops);
        var any = false;
        if (!anyFailed)
        {
            foreach (var buffer in _buffers)
                any |= buffer.HandOut();
        }
        return (anyFailed, anyStops, any);
    }

    public void Dispose() => Array.ForEach(_buffers, buffer => buffer.Dispose());

    private sealed class Buffer : IDisposable
    {
        private readonly Parameter[] _parameters;
        private readonly torch.Tensor[] _views;
        private readonly torch.Tensor _own;
        private readonly int _mostAtOnce;

        // Of all ranks: whether they have each gradient, and the messages.
        private readonly double[] _tail;

        // Where an exchange does not reach the parameters' device.
        private torch.Tensor? _onHost;

        internal Buffer(torch.ScalarType type, Parameter[] parameters, int mostAtOnce)
        {
            if (type is not (torch.ScalarType.Float32 or torch.ScalarType.Float64))
                throw new NotSupportedException($"Parameters of type {type} cannot be trained by several ranks; float32 and float64 can.");
            (_parameters, _mostAtOnce, _tail) = (parameters, mostAtOnce, new double[parameters.Length + Messages]);
            var device = parameters[0].device;
            var size = parameters.Sum(parameter => parameter.numel());
            _own = torch.zeros([size + parameters.Length + Messages], type, device).DetachFromDisposeScope();
            _views = new torch.Tensor[parameters.Length];
            var start = 0L;
            for (var i = 0; i < parameters.Length; i++)
            {
                _views[i] = _own.narrow(0, start, parameters[i].numel()).view(parameters[i].shape).DetachFromDisposeScope();
                start += parameters[i].numel();
            }
        }

        internal (bool Failed, bool Stops) Said => (_tail[^2] > 0, _tail[^1] > 0);

        internal void Fill(bool failed, bool stops)
        {
            var tail = new float[_tail.Length];
            for (var i = 0; i < _parameters.Length; i++)
            {
                var gradient = failed ? null : _parameters[i].grad;
                tail[i] = gradient is null ? 0 : 1;
                _ = gradient is null ? _views[i].zero_() : _views[i].copy_(gradient);
            }
            (tail[^2], tail[^1]) = (failed ? 1 : 0, stops ? 1 : 0);
            _own.narrow(0, _own.shape[0] - tail.Length, tail.Length).copy_(torch.tensor(tail, _own.dtype, _own.device));
        }

        internal void Reduce(IExchange exchange)
        {
            if (exchange is IDeviceExchange onDevice && onDevice.Reaches(_own.device))
                Reduce(_own, onDevice.AllReduce);
            else if (_own.device.type == DeviceType.CPU)
                Reduce(_own, part => OnHost(exchange, part));
            else
            {
                _onHost ??= torch.zeros_like(_own, device: torch.CPU).DetachFromDisposeScope();
                _onHost.copy_(_own);
                Reduce(_onHost, part => OnHost(exchange, part));
                _own.copy_(_onHost);
            }
        }

        internal bool HandOut()
        {
            var any = false;
            for (var i = 0; i < _parameters.Length; i++)
            {
                if (_tail[i] == 0)
                    continue;
                any = true;
                // Good until the next step, which drops it; without a copy.
                _parameters[i].grad = _views[i];
            }
            return any;
        }

        public void Dispose()
        {
            Array.ForEach(_views, view => view.Dispose());
            _own.Dispose();
            _onHost?.Dispose();
        }

        // Part by part, and reads what the messages come to.
        private void Reduce(torch.Tensor all, Action<torch.Tensor> sum)
        {
            var length = all.shape[0];
            for (var start = 0L; start < length; start += _mostAtOnce)
                sum(all.narrow(0, start, Math.Min(_mostAtOnce, length - start)));
            using var tail = all.narrow(0, length - _tail.Length, _tail.Length).to(torch.float64).cpu().data<double>();
            tail.CopyTo(_tail);
        }

        private static void OnHost(IExchange exchange, torch.Tensor part)
        {
            if (part.dtype == torch.ScalarType.Float32)
                exchange.AllReduce(MemoryMarshal.Cast<byte, float>(part.bytes));
            else
                exchange.AllReduce(MemoryMarshal.Cast<byte, double>(part.bytes));
        }
    }
}
