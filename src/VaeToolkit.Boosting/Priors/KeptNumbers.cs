using System.Collections.Concurrent;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// The few numbers of a module's buffers that its way depends on. Reading those on a GPU waits for all that it was told to do before; so
/// within a step of training what was read last counts, until <see cref="Forget"/>.
/// </summary>
/// <param name="owner">The module.</param>
internal sealed class KeptNumbers(torch.nn.Module owner)
{
    private readonly ConcurrentDictionary<string, double[]> _kept = new();

    /// <summary>Whether reading a buffer waits.</summary>
    internal Predicate<torch.Tensor> Waits { get; set; } = buffer => buffer.device_type != DeviceType.CPU;

    /// <summary>A buffer's numbers.</summary>
    internal double[] Of(string name)
    {
        var buffer = owner.get_buffer(name)!;
        if (!Waits(buffer))
            return Read(buffer);
        if (TrainingStep.IsComputed && _kept.TryGetValue(name, out var kept) && kept.Length == buffer.numel())
            return kept;
        return _kept[name] = Read(buffer);
    }

    /// <summary>The buffers have changed, or may have.</summary>
    internal void Forget() => _kept.Clear();

    private static double[] Read(torch.Tensor buffer)
    {
        using var scope = torch.NewDisposeScope();
        return buffer.to(torch.float64).cpu().data<double>().ToArray();
    }
}
