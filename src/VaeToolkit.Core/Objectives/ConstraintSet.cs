using System.Globalization;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// The constraints of a constrained objective with their multipliers: what <see cref="Geco"/> and <see cref="GecoIwae"/> share.
/// </summary>
internal sealed class ConstraintSet
{
    private readonly GecoOptions _options;
    private readonly ReconstructionConstraint[] _constraints;
    private readonly LagrangeMultiplier[] _multipliers;

    internal ConstraintSet(GecoOptions options, ReconstructionConstraint? fallback = null)
    {
        _options = options.Validated();
        _constraints = [.. options.Constraints ?? [fallback ?? ReconstructionConstraint.SquaredErrorPerPixel(options.Tolerance)]];
        _multipliers = [.. _constraints.Select(_ => new LagrangeMultiplier(options))];
    }

    internal IReadOnlyList<ReconstructionConstraint> All => _constraints;

    internal IReadOnlyList<double> Multipliers => [.. _multipliers.Select(m => m.Value)];

    internal bool AreSatisfied => _constraints.Zip(_multipliers).All(pair => pair.Second.IsSatisfied(pair.First.Tolerance));

    internal string? Warning
    {
        get
        {
            var stuck = _constraints.Zip(_multipliers)
                .Where(pair => pair.Second.StepsAtLimit >= _options.StepsAtLimit).Select(pair => string.Create(
                    CultureInfo.InvariantCulture, $"{pair.First}: the multiplier has been at its limit "
                        + $"{_options.LargestMultiplier} for {pair.Second.StepsAtLimit} steps, so this model cannot meet the tolerance"));
            return string.Join("; ", stuck) is { Length: > 0 } text ? text : null;
        }
    }

    /// <summary>
    /// Σ λ C with C = Ĉ + stop_gradient(C_ma − Ĉ), and the terms to show, given Ĉ of the batch for every constraint; in validation C
    /// is Ĉ, since the moving average is of training batches. Nothing is advanced.
    /// </summary>
    internal (torch.Tensor Penalty, IEnumerable<ObjectiveTerm> Terms) Penalty(IReadOnlyList<torch.Tensor> batchConstraints, bool validating)
    {
        var terms = new List<ObjectiveTerm>();
        torch.Tensor? penalty = null;
        for (var i = 0; i < _constraints.Length; i++)
        {
            var now = batchConstraints[i];
            var (weighted, average, multiplier) = Weighted(_multipliers[i], now, validating);
            penalty = penalty is null ? weighted : penalty + weighted;
            terms.Add(average(Name("constraint", i)));
            terms.Add(new(Name("constraint_batch", i), now));
            terms.Add(multiplier(Name("lambda", i)));
        }
        return (penalty!, terms);
    }

    internal void Advance(IReadOnlyDictionary<string, double> terms)
    {
        for (var i = 0; i < _multipliers.Length; i++)
        {
            var name = Name("constraint_batch", i);
            if (terms is UnreadStep unread && unread.TensorOf(name) is { device_type: not DeviceType.CPU } there)
                _multipliers[i].Advance(there);
            else
                _multipliers[i].Advance(terms[name]);
        }
    }

    internal void Save(Dictionary<string, double> state)
    {
        for (var i = 0; i < _multipliers.Length; i++)
            _multipliers[i].Save(state, Prefix(i));
    }

    internal void Load(IReadOnlyDictionary<string, double> state)
    {
        for (var i = 0; i < _multipliers.Length; i++)
            _multipliers[i].Load(state, Prefix(i));
    }

    // λ C, C's value and λ: as numbers on the CPU, and elsewhere where the constraint is.
    private static (torch.Tensor Weighted, Func<string, ObjectiveTerm> Average, Func<string, ObjectiveTerm> Multiplier) Weighted(
        LagrangeMultiplier multiplier, torch.Tensor now, bool validating)
    {
        if (now.device_type == DeviceType.CPU)
        {
            var number = validating ? now.ToDouble() : multiplier.AverageWith(now.ToDouble());
            return ((now - now.detach() + number) * multiplier.Value, name => new(name, number), name => new(name, multiplier.Value));
        }
        var (moving, value) = multiplier.On(now);
        var average = validating ? now.detach() : moving.to(now.dtype);
        return ((now - now.detach() + average) * value.to(now.dtype), name => new(name, average), name => new(name, value));
    }

    private string Name(string term, int index) => _constraints.Length == 1 ? term : $"{term}_{_constraints[index].Name}";

    private string Prefix(int index) => $"constraint.{_constraints[index].Name}.";
}
