using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// One pass of a batch through fully connected layers by our own products, remembered for the way back. Its output is a leaf of torch's
/// graph; the gradient that torch leaves there goes on through the layers by <see cref="Backpropagate"/>.
/// </summary>
internal sealed unsafe class DenseTrace : IDisposable
{
    private const int MostFloats = int.MaxValue / sizeof(float);

    private readonly DenseStep[] _steps;
    private readonly torch.Tensor _input;
    private readonly torch.Tensor _hidden;
    private readonly DenseRows _inputRows;
    private readonly float* _hiddenValues;

    /// <summary>Computes the output.</summary>
    /// <param name="steps">The layers; the last has no rectifier.</param>
    /// <param name="input"><c>[N, D]</c>.</param>
    /// <param name="rows">N.</param>
    internal DenseTrace(DenseStep[] steps, torch.Tensor input, int rows)
    {
        _steps = steps;
        // As torch's graph would, this goes on where the caller has disposed of the input.
        _input = input.alias().DetachFromDisposeScope();
        HasInputGradient = input.requires_grad;
        _inputRows = DenseRows.Of(input, rows, steps[0].Inputs);
        _hidden = Floats(rows, PitchesUntil(steps.Length - 1)).DetachFromDisposeScope();
        _hiddenValues = DenseRows.Floats(_hidden);
        Output = Floats(rows, steps[^1].Outputs).DetachFromDisposeScope();
        for (var layer = 0; layer < steps.Length; layer++)
            DenseProducts.Forwards(RowsInto(layer), steps[layer], layer < steps.Length - 1 ? RowsInto(layer + 1) : RowsOf(Output));
        GC.KeepAlive(input);
        Output.requires_grad = true;
    }

    /// <summary>Whether all that a pass needs can be addressed.</summary>
    internal static bool Fits(DenseStep[] steps, long rows)
        => rows * Math.Max(steps[0].Inputs, Math.Max(steps[^1].Outputs, 2L * steps.Sum(step => Pitch(step.Outputs)))) <= MostFloats;

    /// <summary>What the layers give, <c>[N, outputs]</c>; this object owns it.</summary>
    internal torch.Tensor Output { get; }

    /// <summary>Whether gradients go on to the input.</summary>
    internal bool HasInputGradient { get; }

    /// <summary>Hands the output's gradient to the layers' weights, and to what the input was made of.</summary>
    /// <param name="gradients">The weights' gradients.</param>
    /// <param name="member">Whose of these.</param>
    internal void Backpropagate(DenseGradients gradients, int member)
    {
        if (Output.grad is not { } passed)
            return;
        var inputGradient = HasInputGradient ? Floats(_inputRows.Count, _inputRows.Width) : null;
        Run(passed.is_contiguous() ? passed : passed.contiguous(), inputGradient, gradients, member);
        if (inputGradient is not null)
            torch.autograd.backward(_input, inputGradient, retain_graph: true);
    }

    public void Dispose()
    {
        Output.Dispose();
        _hidden.Dispose();
        _input.Dispose();
    }

    // The gradients of one layer's outputs and those of its inputs are in memory of their own, by turns.
    private void Run(torch.Tensor passed, torch.Tensor? inputGradient, DenseGradients gradients, int member)
    {
        var outer = RowsOf(passed);
        var size = outer.Count * LargestHiddenPitch();
        using var memory = new RentedFloats(2 * size);
        using var padded = new RentedFloats(outer.Width < DenseKernel.Rows ? outer.Count * DenseKernel.Rows : 0);
        var gradient = outer.Width < DenseKernel.Rows ? Padded(outer, padded.Values) : outer;
        for (var layer = _steps.Length - 1; layer >= 0; layer--)
        {
            var step = _steps[layer];
            AddToBias(gradient, layer, gradients.Of(step.Bias, member));
            if (gradients.Of(step.Weight, member) is { Memory: { } weight, Adds: var adds })
            {
                DenseProducts.BackwardsToWeight(
                    gradient, RowsInto(layer), DenseRows.Of(weight, step.Outputs, step.Inputs), adds);
            }
            if (layer == 0 && inputGradient is null)
                break;
            var other = (nint)memory.Values + ((_steps.Length - layer) % 2 * size * sizeof(float));
            var next = layer == 0 ? DenseRows.Of(inputGradient!, outer.Count, step.Inputs)
                : new(other, outer.Count, step.Inputs, PitchOf(layer - 1));
            DenseProducts.BackwardsToInput(gradient, step, next);
            gradient = next;
        }
        GC.KeepAlive((passed, inputGradient));
    }

    // Fewer numbers than are read of each row.
    private static DenseRows Padded(DenseRows rows, float* memory)
    {
        var padded = new DenseRows((nint)memory, rows.Count, rows.Width, DenseKernel.Rows);
        for (var row = 0; row < rows.Count; row++)
            new ReadOnlySpan<float>(rows.Row(row), rows.Width).CopyTo(new(padded.Row(row), rows.Width));
        return padded;
    }

    // Whatever the program's own default type and device are.
    private static torch.Tensor Floats(long rows, long columns)
        => torch.empty(rows, columns, dtype: torch.float32, device: torch.CPU);

    // Takes the gradient through the layer's rectifier on the way.
    private void AddToBias(DenseRows gradient, int layer, (torch.Tensor? Memory, bool Adds) bias)
    {
        using var spare = new RentedFloats(gradient.Width);
        var sum = new Span<float>(bias.Memory is null ? spare.Values : DenseRows.Floats(bias.Memory), gradient.Width);
        if (!bias.Adds)
            sum.Clear();
        var slope = _steps[layer].Slope;
        var output = slope == 1 ? default : RowsInto(layer + 1);
        for (var row = 0; row < gradient.Count; row++)
        {
            var own = new Span<float>(gradient.Row(row), gradient.Width);
            if (slope == 1)
                PlainSums.Add(own, sum);
            else
                PlainSums.AddRectified(new(output.Row(row), gradient.Width), slope, own, sum);
        }
    }

    // What goes into a layer: the input, or what the layer before it gave.
    private DenseRows RowsInto(int layer)
    {
        if (layer == 0)
            return _inputRows;
        var rows = _inputRows.Count;
        return new((nint)(_hiddenValues + (rows * PitchesUntil(layer - 1))), rows, _steps[layer].Inputs, PitchOf(layer - 1));
    }

    private DenseRows RowsOf(torch.Tensor output) => DenseRows.Of(output, _inputRows.Count, _steps[^1].Outputs);

    private nint PitchesUntil(int layer)
    {
        nint sum = 0;
        for (var before = 0; before < layer; before++)
            sum += PitchOf(before);
        return sum;
    }

    private int LargestHiddenPitch()
    {
        var largest = 0;
        for (var layer = 0; layer < _steps.Length - 1; layer++)
            largest = Math.Max(largest, PitchOf(layer));
        return largest;
    }

    private int PitchOf(int layer) => Pitch(_steps[layer].Outputs);

    // Whole panels, and an odd number of vectors: rows at a distance of a power of two would share few lines of the cache.
    private static int Pitch(int outputs) => ((DensePanels.PaddedOutputs(outputs) + 31) / 32 * 32) + 16;
}
