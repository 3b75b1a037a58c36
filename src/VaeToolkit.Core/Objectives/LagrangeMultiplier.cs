using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// A Lagrange multiplier as GECO moves it (Rezende &amp; Viola 2018, algorithm 1): C_ma is the moving average of the constraint, begun with
/// its first value, and log λ moves along C_ma after every step. λ begins at 1. Where constraints are on a device, C_ma and λ go there,
/// since to read them in every step would be to wait for it; they are read when somebody asks.
/// </summary>
internal sealed class LagrangeMultiplier(GecoOptions options)
{
    // C_ma, λ, steps at the limit, and 1 once there was a step; float64 [4]. Null while the numbers below are the latest.
    private torch.Tensor? _there;
    private double? _average;
    private double _value = 1;
    private long _stepsAtLimit;

    internal double Value => Here()._value;

    internal long StepsAtLimit => Here()._stepsAtLimit;

    internal bool IsSatisfied(double tolerance) => Here()._average is { } average && average <= options.Slack * Math.Abs(tolerance);

    /// <summary>C_ma as it is after a batch whose constraint is given.</summary>
    internal double AverageWith(double constraint)
        => Here()._average is { } average ? options.AverageDecay * average + (1 - options.AverageDecay) * constraint : constraint;

    /// <summary>The same and λ where the constraint is, float64, in the caller's dispose scope.</summary>
    internal (torch.Tensor Average, torch.Tensor Value) On(torch.Tensor constraint)
    {
        var state = There(constraint.device);
        var now = constraint.detach().to(torch.float64);
        return (now + state[3] * options.AverageDecay * (state[0] - now), state[1].alias());
    }

    internal void Advance(double constraint)
    {
        _average = AverageWith(constraint);
        var moved = _value * Math.Exp(options.MultiplierRate * _average.Value);
        _value = Math.Clamp(moved, options.SmallestMultiplier, options.LargestMultiplier);
        _stepsAtLimit = moved >= options.LargestMultiplier ? _stepsAtLimit + 1 : 0;
    }

    /// <summary>The same where the constraint is.</summary>
    internal void Advance(torch.Tensor constraint)
    {
        using var scope = torch.NewDisposeScope();
        var (average, value) = On(constraint);
        var moved = value * (average * options.MultiplierRate).exp();
        var stepsAtLimit = (There(constraint.device)[2] + 1) * moved.ge(options.LargestMultiplier);
        var limited = moved.clamp(options.SmallestMultiplier, options.LargestMultiplier);
        Keep(torch.stack([average, limited, stepsAtLimit, torch.ones_like(average)]));
    }

    internal void Save(Dictionary<string, double> state, string prefix)
    {
        state[$"{prefix}multiplier"] = Value;
        state[$"{prefix}average"] = _average ?? double.NaN;
        state[$"{prefix}steps_at_limit"] = _stepsAtLimit;
    }

    internal void Load(IReadOnlyDictionary<string, double> state, string prefix)
    {
        Keep(null);
        _value = state[$"{prefix}multiplier"];
        _average = double.IsNaN(state[$"{prefix}average"]) ? null : state[$"{prefix}average"];
        _stepsAtLimit = (long)state[$"{prefix}steps_at_limit"];
    }

    private LagrangeMultiplier Here()
    {
        if (_there is null)
            return this;
        using var scope = torch.NewDisposeScope();
        var numbers = _there.cpu().data<double>().ToArray();
        Keep(null);
        (_average, _value, _stepsAtLimit) = (numbers[3] > 0 ? numbers[0] : null, numbers[1], (long)numbers[2]);
        return this;
    }

    private torch.Tensor There(torch.Device device)
    {
        if (_there is null)
            Keep(torch.tensor([_average ?? 0, _value, _stepsAtLimit, _average is null ? 0 : 1], torch.float64, device));
        return _there!;
    }

    private void Keep(torch.Tensor? state)
    {
        _there?.Dispose();
        _there = state?.DetachFromDisposeScope();
    }
}
