using System.Globalization;
using TorchSharp;

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
            var average = validating ? now.ToDouble() : _multipliers[i].AverageWith(now.ToDouble());
            var constraint = now - now.detach() + average;
            penalty = penalty is null ? constraint * _multipliers[i].Value : penalty + constraint * _multipliers[i].Value;
            terms.Add(new(Name("constraint", i), average));
            terms.Add(new(Name("constraint_batch", i), now));
            terms.Add(new(Name("lambda", i), _multipliers[i].Value));
        }
        return (penalty!, terms);
    }

    internal void Advance(IReadOnlyDictionary<string, double> terms)
    {
        for (var i = 0; i < _multipliers.Length; i++)
            _multipliers[i].Advance(terms[Name("constraint_batch", i)]);
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

    private string Name(string term, int index) => _constraints.Length == 1 ? term : $"{term}_{_constraints[index].Name}";

    private string Prefix(int index) => $"constraint.{_constraints[index].Name}.";
}
