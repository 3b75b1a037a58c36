using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>
/// The parameters of <see cref="Training.FusedAdam"/> with what it keeps of each, and their updates: those in plain memory each in one
/// pass, split over as many threads as torch had at first; the others by tensor operators, in groups of one type and device.
/// </summary>
internal sealed class AdamSlots : IDisposable
{
    // Below this many floats a second thread costs more to wake than it saves.
    private const long FewestFloatsToSplit = 1 << 16;

    private readonly AdamSlot[] _slots;
    private readonly AdamGroup[] _groups;
    private readonly int _workers;

    internal AdamSlots(IEnumerable<Parameter> parameters)
    {
        _slots = [.. parameters.Select(parameter => new AdamSlot(parameter))];
        _groups = [.. from slot in _slots
                      where slot.PlainLength == 0
                      group slot by (slot.Parameter.dtype, slot.Parameter.device.ToString()) into alike
                      select new AdamGroup(alike)];
        _workers = _slots.Sum(slot => (long)slot.PlainLength) < FewestFloatsToSplit ? 1
            : Math.Min(torch.get_num_threads(), Environment.ProcessorCount);
    }

    /// <summary>Each parameter's own, in the order given.</summary>
    internal AdamSlot[] Each => _slots;

    /// <summary>Updates every parameter that has a gradient.</summary>
    internal void Update(double learningRate, (double, double) betas, double epsilon, double weightDecay)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        foreach (var slot in _slots)
            slot.Begin(learningRate, betas, epsilon, weightDecay);
        UpdatePlainMemory();
        Array.ForEach(_groups, group => group.Update());
        foreach (var slot in _slots)
            slot.End();
    }

    public void Dispose()
    {
        Array.ForEach(_slots, slot => slot.Dispose());
        Array.ForEach(_groups, group => group.Dispose());
    }

    private void UpdatePlainMemory()
    {
        if (_workers == 1)
            UpdatePart(0, 1);
        else
            Parallel.For(0, _workers, worker => UpdatePart(worker, _workers));
    }

    private void UpdatePart(int worker, int workers)
    {
        foreach (var slot in _slots)
            slot.UpdatePart(worker, workers);
    }
}
