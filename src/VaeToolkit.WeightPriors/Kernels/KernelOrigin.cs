namespace VaeToolkit.WeightPriors;

/// <summary>Where a kernel came from.</summary>
/// <param name="Network">The source network's number.</param>
/// <param name="Cycle">The learning rate's cycle that the snapshot ended.</param>
/// <param name="Layer">The layer's name.</param>
/// <param name="Output">The output channel.</param>
/// <param name="Input">The input channel.</param>
public readonly record struct KernelOrigin(int Network, int Cycle, string Layer, int Output, int Input)
{
    /// <summary>Network, cycle, layer and channels in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"network {Network}, cycle {Cycle}, layer '{Layer}', output {Output}, input {Input}");
}
