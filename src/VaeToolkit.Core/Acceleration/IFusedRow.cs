namespace VaeToolkit;

/// <summary>A log-density of one item's values and its gradient, in one pass over plain memory.</summary>
internal interface IFusedRow
{
    /// <summary>The log-density f of a row, but for constants, exact to float32's rounding of its terms however long the row is.</summary>
    /// <param name="parameters">A parameter for each value, θ.</param>
    /// <param name="x">The values.</param>
    /// <param name="residual">Receives ∂f/∂θ, where it is not empty.</param>
    static abstract double Row(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x, Span<float> residual);
}
