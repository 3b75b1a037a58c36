namespace VaeToolkit;

/// <summary>
/// A Lagrange multiplier as GECO moves it (Rezende &amp; Viola 2018, algorithm 1): C_ma is the moving average of the constraint, begun with
/// its first value, and log λ moves along C_ma after every step. λ begins at 1.
/// </summary>
internal sealed class LagrangeMultiplier(GecoOptions options)
{
    private double? _average;

    internal double Value { get; private set; } = 1;

    internal long StepsAtLimit { get; private set; }

    /// <summary>C_ma as it is after a batch whose constraint is given.</summary>
    internal double AverageWith(double constraint)
        => _average is { } average ? options.AverageDecay * average + (1 - options.AverageDecay) * constraint : constraint;

    internal bool IsSatisfied(double tolerance) => _average is { } average && average <= options.Slack * Math.Abs(tolerance);

    internal void Advance(double constraint)
    {
        _average = AverageWith(constraint);
        var moved = Value * Math.Exp(options.MultiplierRate * _average.Value);
        Value = Math.Clamp(moved, options.SmallestMultiplier, options.LargestMultiplier);
        StepsAtLimit = moved >= options.LargestMultiplier ? StepsAtLimit + 1 : 0;
    }

    internal void Save(Dictionary<string, double> state, string prefix)
    {
        state[$"{prefix}multiplier"] = Value;
        state[$"{prefix}average"] = _average ?? double.NaN;
        state[$"{prefix}steps_at_limit"] = StepsAtLimit;
    }

    internal void Load(IReadOnlyDictionary<string, double> state, string prefix)
    {
        Value = state[$"{prefix}multiplier"];
        _average = double.IsNaN(state[$"{prefix}average"]) ? null : state[$"{prefix}average"];
        StepsAtLimit = (long)state[$"{prefix}steps_at_limit"];
    }
}
