using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>
/// What one thread sends through fully connected layers while an objective is computed, and the way back: first torch's own graph, from
/// the loss to the layers' outputs, then the layers, the latest first, and from their inputs torch's graph again.
/// </summary>
/// <param name="gradients">The weights' gradients.</param>
/// <param name="member">Whose of these.</param>
internal sealed class DenseTape(DenseGradients gradients, int member)
{
    // Fewer do not repay that the weights are put into another order.
    private const int FewestRows = 32;

    [ThreadStatic]
    private static DenseTape? s_current;

    private readonly List<DenseTrace> _traces = [];
    private readonly Dictionary<Sequential, DenseStep[]> _steps = [];

    /// <summary>Passes that were taken so far.</summary>
    internal long Taken { get; private set; }

    /// <summary>Whether what comes before a pass is reached by the way back from it alone, and not from the loss too.</summary>
    internal bool ComesAlone { get; init; }

    /// <summary>Lets this thread's passes through such layers come to a tape, or with null to none, until disposed.</summary>
    internal static Recording Use(DenseTape? tape)
    {
        var before = s_current;
        s_current = tape;
        return new(before);
    }

    /// <summary>The pass, or null where torch's operators must do it.</summary>
    /// <param name="trunk">As <see cref="Networks.Layers.Dense"/> makes it.</param>
    /// <param name="head">A last layer without activation.</param>
    /// <param name="rows"><c>[N, D]</c>.</param>
    internal static torch.Tensor? Pass(Sequential trunk, Linear head, torch.Tensor rows)
        => s_current?.Take(trunk, head, rows);

    /// <summary>
    /// Backpropagates a loss, or what has gradients; the layers' own come to <see cref="DenseGradients"/>, others where torch has them.
    /// </summary>
    /// <param name="tape">The tape, or null for torch's graph alone.</param>
    /// <param name="outputs">The loss, or what else is passed back from.</param>
    /// <param name="passed">The gradients of these; null for a loss.</param>
    internal static void Backpropagate(DenseTape? tape, IList<torch.Tensor> outputs, IList<torch.Tensor>? passed = null)
    {
        // What lies before an input may lie before the loss too.
        torch.autograd.backward(outputs, passed, retain_graph: tape?._traces.Exists(trace => trace.HasInputGradient) ?? false);
        tape?.PassBack();
    }

    private void PassBack()
    {
        for (var index = _traces.Count - 1; index >= 0; index--)
            _traces[index].Backpropagate(gradients, member);
    }

    /// <summary>Forgets the passes.</summary>
    internal void Clear()
    {
        _traces.ForEach(trace => trace.Dispose());
        _traces.Clear();
    }

    private torch.Tensor? Take(Sequential trunk, Linear head, torch.Tensor rows)
    {
        if (!torch.is_grad_enabled() || torch.get_num_threads() > 1 || !DenseLayers.IsPlain(rows) || AreHooked(trunk))
            return null;
        if (rows.Dimensions != 2 || rows.shape is not [>= FewestRows and var count, var width])
            return null;
        // What comes before an input is gone through twice, by the loss and from here: let that be the output of a pass before this one,
        // not torch's layers, whose parameters two threads would give four terms in whichever order they come.
        if (rows.requires_grad && !ComesAlone && _traces.Count == 0)
            return null;
        if (StepsOf(trunk, head) is not { } steps || steps[0].Inputs != width || !DenseTrace.Fits(steps, count)
            || !(rows.requires_grad || Array.Exists(steps, step => step.Weight.requires_grad || step.Bias.requires_grad)))
            return null;
        var trace = new DenseTrace(steps, rows, (int)count);
        _traces.Add(trace);
        Taken++;
        return trace.Output;
    }

    // The weights are looked at anew: a model that is moved, or whose type changes, has others.
    private DenseStep[]? StepsOf(Sequential trunk, Linear head)
    {
        if (_steps.TryGetValue(trunk, out var known) && AreOf(known, trunk, head))
            return known;
        if (DenseLayers.StepsOf(trunk, head) is not { } steps)
            return null;
        return _steps[trunk] = steps;
    }

    private static bool AreHooked(Sequential trunk)
    {
        for (var index = 0; index < trunk.Count; index++)
        {
            if (LayerHooks.AreOn(trunk[index]))
                return true;
        }
        return false;
    }

    private static bool AreOf(DenseStep[] steps, Sequential trunk, Linear head)
    {
        for (var index = 0; index < steps.Length; index++)
        {
            var layer = index == steps.Length - 1 ? head : (Linear)trunk[2 * index];
            if (!ReferenceEquals(layer.weight, steps[index].Weight) || !ReferenceEquals(layer.bias, steps[index].Bias))
                return false;
        }
        return true;
    }

    internal readonly struct Recording(DenseTape? before) : IDisposable
    {
        public void Dispose() => s_current = before;
    }
}
