using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Log-densities whose parameters are the output of fully connected layers, without gradients. A block of rows passes all layers and the
/// density while it is in the cache, so the parameters, the largest part by far, never go to memory; biases and rectifiers cost nothing
/// beside the products; and weights are put into the kernel's order once for all blocks.
/// </summary>
/// <typeparam name="TRow">The density of a row.</typeparam>
/// <remarks>
/// Every number is summed by one thread, over inputs and values from first to last, so neither threads nor other rows change it.
/// </remarks>
internal sealed unsafe class DenseLogDensity<TRow>
    where TRow : IFusedRow
{
    // Their activations stay in the second-level cache beside a panel of weights.
    private static int BlockRows => DenseKernel.TilesOfBlock * DenseKernel.Rows;

    private readonly DenseStep[] _steps;
    private readonly int _rows;
    private readonly int _items;
    private readonly int _pitch;
    private readonly float* _input;
    private readonly float* _x;
    private readonly float* _panels;
    private readonly float* _density;

    private DenseLogDensity(DenseStep[] steps, torch.Tensor rows, torch.Tensor x, float* panels, torch.Tensor density)
    {
        (_steps, _rows, _items, _pitch) = (steps, (int)rows.shape[0], (int)x.shape[0], Pitch(steps));
        _input = DenseRows.Floats(rows);
        _x = DenseRows.Floats(x);
        _panels = panels;
        _density = DenseRows.Floats(density);
    }

    /// <summary>The log-density of every item under the parameters that the layers make of its rows.</summary>
    /// <param name="steps">The layers, at least one; each takes what the one before gives.
    /// Their weights are contiguous float32 on the CPU, as all tensors here.</param>
    /// <param name="rows"><c>[K N, inputs]</c>; row r belongs to item r mod N.</param>
    /// <param name="x">Items <c>[N, outputs]</c>.</param>
    /// <param name="panels">The layers' panels, or where they are kept.</param>
    /// <returns><c>[K N]</c>.</returns>
    internal static torch.Tensor Of(DenseStep[] steps, torch.Tensor rows, torch.Tensor x, KeptPanels panels)
    {
        var density = torch.empty(rows.shape[0], dtype: rows.dtype, device: rows.device);
        new DenseLogDensity<TRow>(steps, rows, x, panels.Of(steps), density).Run(torch.get_num_threads());
        // Without a scope that holds them, nothing else would while only their memory is read.
        GC.KeepAlive((steps, rows, x, panels));
        return density;
    }

    private void Run(int threads)
    {
        var blocks = (_rows + BlockRows - 1) / BlockRows;
        if (Math.Min(threads, blocks) > 1)
        {
            Parallel.For(0, blocks, new() { MaxDegreeOfParallelism = threads }, RunBlock);
            return;
        }
        for (var block = 0; block < blocks; block++)
            RunBlock(block);
    }

    private void RunBlock(int block)
    {
        var first = block * BlockRows;
        var rows = Math.Min(BlockRows, _rows - first);
        using var memory = new RentedFloats(2 * BlockRows * _pitch);
        var from = memory.Values;
        var to = from + (BlockRows * _pitch);
        CopyInput(first, rows, from);
        var panels = _panels;
        foreach (var step in _steps)
        {
            RunLayer(step, panels, from, rows, to);
            panels += DensePanels.Size(step.Inputs, step.Outputs);
            var free = from;
            from = to;
            to = free;
        }
        var size = _steps[^1].Outputs;
        for (var row = 0; row < rows; row++)
            _density[first + row] = (float)TRow.Row(
                new(from + (row * _pitch), size), new(_x + ((nint)((first + row) % _items) * size), size), default);
    }

    // The last six rows may be partly beyond the block; these are computed from zeros and not looked at.
    private void CopyInput(int first, int rows, float* to)
    {
        var inputs = _steps[0].Inputs;
        for (var row = 0; row < rows; row++)
            new ReadOnlySpan<float>(_input + ((nint)(first + row) * inputs), inputs).CopyTo(new(to + (row * _pitch), inputs));
        for (var row = rows; row % DenseKernel.Rows > 0; row++)
            new Span<float>(to + (row * _pitch), inputs).Clear();
    }

    private void RunLayer(DenseStep step, float* panel, float* from, int rows, float* to)
    {
        for (var column = 0; column < step.Outputs; column += DenseKernel.Columns, panel += DenseKernel.Columns * (step.Inputs + 1))
        {
            for (var row = 0; row < rows; row += DenseKernel.Rows)
                DenseKernel.Tile(from + (row * _pitch), _pitch, 1, panel, step.Inputs, step.Slope, to + (row * _pitch) + column, _pitch);
        }
    }

    // Wide enough for every layer, and an odd number of vectors: rows at a distance of a power of two would share few lines of the cache.
    private static int Pitch(DenseStep[] steps)
        => (steps.Max(step => Math.Max(step.Inputs, DensePanels.PaddedOutputs(step.Outputs))) + 31) / 32 * 32 + 16;
}
