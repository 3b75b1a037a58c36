using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Parameters of one type on one device that Adam updates by tensor operators: their moments lie in one tensor each, so that a step takes
/// some ten operators and one more for each parameter, where each parameter by itself would take eight.
/// </summary>
internal sealed class AdamGroup : IDisposable
{
    private readonly AdamSlot[] _slots;
    private readonly long[] _ends;
    private readonly torch.Tensor _mean;
    private readonly torch.Tensor _variance;

    /// <summary>Puts the moments of parameters into common tensors.</summary>
    internal AdamGroup(IEnumerable<AdamSlot> slots)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        _slots = [.. slots];
        _ends = new long[_slots.Length];
        var total = 0L;
        for (var i = 0; i < _slots.Length; i++)
            _ends[i] = total += _slots[i].Parameter.numel();
        var like = _slots[0].Parameter;
        _mean = torch.zeros(total, dtype: like.dtype, device: like.device).DetachFromDisposeScope();
        _variance = torch.zeros_like(_mean).DetachFromDisposeScope();
        for (var i = 0; i < _slots.Length; i++)
            _slots[i].UseMoments(Part(_mean, i), Part(_variance, i));
    }

    /// <summary>Updates those that have a gradient: together if all do and have taken as many steps, else one by one.</summary>
    internal void Update()
    {
        if (_slots.All(slot => slot.IsPending && slot.Steps == _slots[0].Steps))
            UpdateTogether(_slots[0].Step);
        else
            Array.ForEach(_slots, slot => slot.UpdateByOperators());
    }

    public void Dispose()
    {
        _mean.Dispose();
        _variance.Dispose();
    }

    private void UpdateTogether(AdamCoefficients step)
    {
        var gradient = torch.cat([.. _slots.Select(slot => slot.Gradient!.reshape(-1))]);
        if (step.WeightDecay != 0)
            gradient.add_(torch.cat([.. _slots.Select(slot => slot.Parameter.reshape(-1))]), step.WeightDecay);
        var denominator = AdamSlot.MoveMoments(_mean, _variance, gradient, step);
        for (var i = 0; i < _slots.Length; i++)
            _slots[i].Parameter.addcdiv_(_slots[i].Mean, Part(denominator, i), -step.StepSize);
    }

    private torch.Tensor Part(torch.Tensor all, int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        return all.narrow(0, start, _ends[index] - start).reshape(_slots[index].Parameter.shape);
    }
}
