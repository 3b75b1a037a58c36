namespace VaeToolkit;

/// <summary>
/// A layer's weights in the order in which <see cref="DenseKernel"/> reads them:
/// panels of so many outputs as a tile has, each a row of biases and then a row for each input.
/// </summary>
internal static unsafe class DensePanels
{
    private static int Width => DenseKernel.Columns;

    /// <summary>Outputs, and those that fill up the last panel.</summary>
    internal static int PaddedOutputs(int outputs) => (outputs + Width - 1) / Width * Width;

    /// <summary>Numbers that a layer's panels take.</summary>
    internal static int Size(int inputs, int outputs) => PaddedOutputs(outputs) * (inputs + 1);

    /// <summary>Fills the panels of a layer; what has no output is zero.</summary>
    /// <param name="weight"><c>[outputs, inputs]</c>.</param>
    /// <param name="bias"><c>[outputs]</c>.</param>
    /// <param name="inputs">Inputs of the layer.</param>
    /// <param name="outputs">Outputs of the layer.</param>
    /// <param name="panels">Where they go.</param>
    internal static void Fill(float* weight, float* bias, int inputs, int outputs, float* panels)
    {
        for (var first = 0; first < outputs; first += Width)
        {
            var width = Math.Min(Width, outputs - first);
            if (width < Width)
                new Span<float>(panels, Width * (inputs + 1)).Clear();
            new ReadOnlySpan<float>(bias + first, width).CopyTo(new(panels, width));
            for (var j = 0; j < width; j++)
                Spread(weight + ((nint)(first + j) * inputs), inputs, panels + Width + j, Width);
            panels += Width * (inputs + 1);
        }
    }

    private static void Spread(float* from, int count, float* to, int pitch)
    {
        for (var k = 0; k < count; k++, to += pitch)
            *to = from[k];
    }
}
