using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// A layer's weights in the order in which <see cref="DenseKernel"/> reads them:
/// panels of so many outputs as a tile has, each a row of biases and then a row for each input.
/// </summary>
internal static class DensePanels
{
    private static int Width => DenseKernel.Columns;

    /// <summary>Outputs, and those that fill up the last panel.</summary>
    internal static int PaddedOutputs(int outputs) => (outputs + Width - 1) / Width * Width;

    /// <summary>The panels of a layer, <c>[panels, inputs + 1, width]</c>; what has no output is zero.</summary>
    internal static torch.Tensor Of(DenseStep step)
    {
        using var scope = torch.NewDisposeScope();
        var (count, whole) = (PaddedOutputs(step.Outputs) / Width, step.Outputs / Width);
        var panels = torch.empty(count, step.Inputs + 1, Width, dtype: torch.float32, device: torch.CPU);
        Fill(panels.narrow(0, 0, whole), step, 0);
        if (count > whole)
        {
            _ = panels[whole].zero_();
            Fill(panels.narrow(0, whole, 1).narrow(2, 0, step.Outputs - whole * Width), step, whole * Width);
        }
        return panels.MoveToOuterDisposeScope();
    }

    // panel[0, j] = bias[j] and panel[k + 1, j] = weight[j, k], for the outputs j from the first on.
    private static void Fill(torch.Tensor panels, DenseStep step, long first)
    {
        var (count, width) = (panels.shape[0], panels.shape[2]);
        panels.select(1, 0).copy_(step.Bias.narrow(0, first, count * width).reshape(count, width));
        panels.narrow(1, 1, step.Inputs).copy_(
            step.Weight.narrow(0, first, count * width).reshape(count, width, step.Inputs).transpose(1, 2));
    }
}
