using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The gradients of the weights of fully connected layers while a model is trained. Their memory stays from step to step and is written
/// once in each; members work side by side, each in memory of its own.
/// </summary>
/// <param name="members">How many.</param>
internal sealed class DenseGradients(int members) : IDisposable
{
    private readonly Dictionary<torch.Tensor, Slot> _slots = new(ReferenceEqualityComparer.Instance);
    private readonly List<torch.Tensor> _replaced = [];
    private readonly Lock _turn = new();

    /// <summary>Begins a step. Memory that a weight still has as its gradient, as where an optimiser clears it in place, is left to
    /// it.</summary>
    internal void Begin()
    {
        foreach (var (weight, slot) in _slots)
        {
            if (weight.IsInvalid)
                _replaced.Add(weight);
            else if (slot.Lent is { } member && weight.grad is not null)
                slot.GiveUp(member);
            slot.Lent = null;
        }
        foreach (var weight in _replaced)
        {
            _slots[weight].Dispose();
            _slots.Remove(weight);
        }
        _replaced.Clear();
    }

    /// <summary>Where a member's gradient goes, and whether it is added to what is there; null for a weight that has none.</summary>
    internal (torch.Tensor? Memory, bool Adds) Of(torch.Tensor weight, int member)
    {
        if (!weight.requires_grad)
            return (null, false);
        var slot = SlotOf(weight);
        var adds = slot.IsWritten[member];
        slot.IsWritten[member] = true;
        return (slot.Memory[member] ??= Made(weight), adds);
    }

    /// <summary>Hands what all members wrote to the weights, beside what torch gave them. No member is at work.</summary>
    /// <param name="team">Adds for several members.</param>
    internal void HandOver(ThreadTeam? team)
    {
        if (team is null)
            Add(0, 1);
        else
            team.Run(part => Add(part, team.Size));
        using var noGradient = torch.no_grad();
        foreach (var (weight, slot) in _slots)
        {
            var written = Array.IndexOf(slot.IsWritten, true);
            if (written < 0)
                continue;
            if (weight.grad is { } passed)
            {
                passed.add_(slot.Memory[written]!);
            }
            else
            {
                weight.grad = slot.Memory[written]!;
                slot.Lent = written;
            }
            Array.Clear(slot.IsWritten);
        }
    }

    /// <summary>Forgets what was written.</summary>
    internal void Clear()
    {
        foreach (var slot in _slots.Values)
            Array.Clear(slot.IsWritten);
    }

    public void Dispose()
    {
        foreach (var slot in _slots.Values)
            slot.Dispose();
    }

    private Slot SlotOf(torch.Tensor weight)
    {
        lock (_turn)
        {
            if (!_slots.TryGetValue(weight, out var slot))
                _slots.Add(weight, slot = new(members));
            return slot;
        }
    }

    private static torch.Tensor Made(torch.Tensor weight)
    {
        using var noGradient = torch.no_grad();
        return torch.empty_like(weight).DetachFromDisposeScope();
    }

    // Into the first that was written, in the order of members.
    private unsafe void Add(int part, int parts)
    {
        foreach (var slot in _slots.Values)
        {
            var first = Array.IndexOf(slot.IsWritten, true);
            for (var member = first + 1; first >= 0 && member < members; member++)
            {
                if (!slot.IsWritten[member])
                    continue;
                var size = (int)slot.Memory[member]!.NumberOfElements;
                var (start, end) = (AdamKernel.Cut(size, part, parts), AdamKernel.Cut(size, part + 1, parts));
                PlainSums.Add(
                    new(DenseRows.Floats(slot.Memory[member]!) + start, end - start),
                    new(DenseRows.Floats(slot.Memory[first]!) + start, end - start));
            }
        }
    }

    private sealed class Slot(int members) : IDisposable
    {
        internal torch.Tensor?[] Memory { get; } = new torch.Tensor?[members];

        internal bool[] IsWritten { get; } = new bool[members];

        /// <summary>Whose memory the weight was given as its gradient.</summary>
        internal int? Lent { get; set; }

        internal void GiveUp(int member)
        {
            Memory[member]!.Dispose();
            Memory[member] = null;
        }

        public void Dispose() => Array.ForEach(Memory, memory => memory?.Dispose());
    }
}
