using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

// How the prior grows: tasks that begin and end, and steps that add and weigh components between.
public sealed partial class BoostedPrior
{
    /// <summary>Begins a task with one component, the mean of a subset of its items.</summary>
    /// <param name="subset">Items <c>[n, *item]</c>.</param>
    /// <exception cref="ArgumentException">The items have another shape, or there are none, or values are below
    /// <see cref="BoostedPriorOptions.Minimum"/>.</exception>
    /// <exception cref="InvalidOperationException">The task before was not ended.</exception>
    public void BeginTask(torch.Tensor subset)
    {
        RequireItems(subset);
        if (IsTaskOpen)
            throw new InvalidOperationException($"task {TaskCount - 1} was not ended; end it before the next one begins");
        using var alone = ExclusiveUse.Begin(this, IsChanged);
        using var scope = torch.NewDisposeScope();
        _table.Append(Clipped(subset.mean([0L], keepdim: true), subset), TaskCount);
        _table.Write(ComponentTable.Weights, [_table.Count - 1], torch.ones(1, device: torch.CPU));
        SetState(TaskCount + 1, open: true);
    }

    /// <summary>
    /// One boosting step: a pseudo-input whose component minimises −H[h] − λ E_h[log p*] + λ E_h[log p_k] joins the current task. The
    /// encoder stands still and is in evaluation mode meanwhile. Random numbers come from <see cref="NoiseSource"/>.
    /// </summary>
    /// <param name="subset">Items <c>[n, *item]</c> of the task, over which p* is taken.</param>
    /// <param name="cancellationToken">Stops between optimiser steps; nothing is changed then.</param>
    /// <returns>The step in numbers; it says whether the component was accepted.</returns>
    /// <exception cref="InvalidOperationException">No task is open, or it has K components.</exception>
    public BoostingReport AddComponent(torch.Tensor subset, CancellationToken cancellationToken = default)
    {
        RequireItems(subset);
        var rows = OpenRows();
        if (rows.Length >= _options.MaxComponents)
            throw new InvalidOperationException(
                $"task {TaskCount - 1} has {rows.Length} components, and MaxComponents (K) is {_options.MaxComponents}");
        using var alone = ExclusiveUse.Begin(this, IsChanged);
        using var frozen = new FrozenEncoder(Encoder);
        using var scope = torch.NewDisposeScope();
        using var target = new OptimalPrior(Encoder, subset);
        using var current = Snapshot(rows);
        var start = NoiseSource.Normal([1, .. _inputShape], subset, itemAxis: null) * _options.StartDeviation + _options.StartMean;
        using var candidate = new PseudoInputCandidates(Encoder, Started(start, subset), Range(subset));
        var outcome = new BoostingStep(target, _options.Step()).Run(current, candidate, cancellationToken);
        outcome.Mixture?.Dispose();
        if (outcome.Weights is { } weights)
        {
            _table.Append(candidate.Clipped(), TaskCount - 1);
            Reweight([.. rows, _table.Count - 1], weights);
        }
        return outcome.Report;
    }

    /// <summary>
    /// Weighs the current task's components anew, by maximum likelihood for samples of p* (expectation maximisation, no step size), and
    /// leaves out those whose weight is below a share of 1/K. Order and other tasks stay.
    /// </summary>
    /// <param name="subset">Items <c>[n, *item]</c> of the task, over which p* is taken.</param>
    /// <returns>How many components were left out.</returns>
    /// <exception cref="InvalidOperationException">No task is open.</exception>
    public int Prune(torch.Tensor subset)
    {
        RequireItems(subset);
        var rows = OpenRows();
        using var alone = ExclusiveUse.Begin(this, IsChanged);
        using var mode = EvaluationMode.Enter(Encoder);
        using var scope = torch.NewDisposeScope();
        using var target = new OptimalPrior(Encoder, subset);
        var components = Components(rows);
        var points = target.Sample(_options.PruneSamples);
        var densities = components.LogDensities(points, torch.zeros(rows.Length, points.dtype, points.device));
        var weights = ExpectationMaximisationWeights.Fit(densities, WeightsOf(TaskCount - 1), _options.PruneSweeps);
        var least = _options.PruneShare / _options.MaxComponents;
        Reweight(rows, [.. weights.Select(weight => weight < least ? 0 : weight)]);
        return rows.Length - OpenRows().Length;
    }

    /// <summary>Ends the current task: its components are stored as they are now, for sampling.</summary>
    /// <exception cref="InvalidOperationException">No task is open.</exception>
    public void EndTask()
    {
        var rows = OpenRows();
        using var alone = ExclusiveUse.Begin(this, IsChanged);
        using var mode = EvaluationMode.Enter(Encoder);
        using var scope = torch.NewDisposeScope();
        var components = Components(rows);
        _table.Write(ComponentTable.Means, rows, components.Means);
        _table.Write(ComponentTable.LogVariances, rows, components.LogVariances);
        SetState(TaskCount, open: false);
    }

    private NormalMixture Snapshot(long[] rows)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return new(Components(rows), WeightsOf(TaskCount - 1));
    }

    private void Reweight(long[] rows, IReadOnlyList<double> weights)
    {
        var sum = weights.Sum();
        using var values = torch.tensor(weights.Select(weight => weight / sum).ToArray(), device: torch.CPU);
        _table.Write(ComponentTable.Weights, rows, values);
        if (weights.Contains(0))
            _table.Keep([.. Enumerable.Range(0, _table.Count).Select(row => (long)row).Except(rows.Where((_, i) => weights[i] == 0))]);
    }

    private (double, double) Range(torch.Tensor subset) => (_options.Minimum, Math.Max(_options.Minimum, subset.max().ToDouble()));

    // What is clipped gets no gradient, so a pseudo-input that began beyond the data's range would stay there. Where that befalls one value
    // in hundreds only, as with pixels, they are left as they were drawn.
    private torch.Tensor Started(torch.Tensor start, torch.Tensor subset)
    {
        var ((least, most), reach) = (Range(subset), DeviationsInside * _options.StartDeviation);
        return _options.StartMean - reach >= least && _options.StartMean + reach <= most ? start : start.clamp(least, most);
    }

    /// <summary>Why items with values from one number to another cannot be its own, to go on after their name, or null.</summary>
    internal string? ExplainBelowMinimum(double least, double most)
    {
        var rounding = RoundingOfRange * Math.Max(Math.Abs(_options.Minimum), most - least);
        return !(least < _options.Minimum - rounding) ? null
            : FormattableString.Invariant($"has values down to {least:G6}, but pseudo-inputs are clipped at Minimum, ")
                + FormattableString.Invariant($"{_options.Minimum:G6}, and could not be like its items; ")
                + "set BoostedPriorOptions.Minimum to the least value of the data";
    }

    private torch.Tensor Clipped(torch.Tensor input, torch.Tensor subset)
    {
        var (least, most) = Range(subset);
        return input.clamp(least, most);
    }

    private void SetState(long tasks, bool open)
    {
        using var noGradient = torch.no_grad();
        using var values = torch.tensor([tasks, open ? 1L : 0L], device: torch.CPU);
        get_buffer("state")!.copy_(values);
        _numbers.Forget();
    }

    private void RequireItems(torch.Tensor subset)
    {
        ArgumentNullException.ThrowIfNull(subset);
        if (subset.Dimensions != _inputShape.Length + 1 || subset.shape[0] < 1 || !subset.shape.Skip(1).SequenceEqual(_inputShape))
            throw new ArgumentException($"subset has shape {Shape.Text(subset)}; it must be [n, "
                + $"{string.Join(", ", _inputShape)}] with at least one item", nameof(subset));
        using var scope = torch.NewDisposeScope();
        if (ExplainBelowMinimum(subset.min().ToDouble(), subset.max().ToDouble()) is { } why)
            throw new ArgumentException($"subset {why}", nameof(subset));
    }
}
