using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The initial values of pseudo-inputs, checked. Values outside the range would never get a gradient, so none start there.
/// </summary>
internal static class PseudoInputStart
{
    internal static torch.Tensor Of(VampPriorOptions options, long[] shape, string name)
    {
        if (!(options.Minimum < options.Maximum && double.IsFinite(options.Minimum) && double.IsFinite(options.Maximum)))
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"the range [{options.Minimum}, {options.Maximum}] must be two finite numbers in ascending order"), name);
        }
        return options.InitialInputs is { } given ? Given(given, options, shape, name) : Noise(options, shape, name);
    }

    private static torch.Tensor Given(torch.Tensor given, VampPriorOptions options, long[] shape, string name)
    {
        if (!given.shape.SequenceEqual(shape))
            throw new ArgumentException($"InitialInputs has shape {Shape.Text(given)}; it must be {Shape.Text(shape)}", name);
        var (least, most) = (given.min().ToDouble(), given.max().ToDouble());
        var inside = double.IsFinite(least) && double.IsFinite(most)
            && (!options.KeepInRange || (least >= options.Minimum && most <= options.Maximum));
        if (!inside)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"InitialInputs has values in [{least}, {most}]; they must be finite and in [{options.Minimum}, {options.Maximum}]"),
                name);
        }
        return given.is_floating_point() ? given.detach().clone() : given.to(torch.float32);
    }

    private static torch.Tensor Noise(VampPriorOptions options, long[] shape, string name)
    {
        if (!(options.NoiseStandardDeviation > 0 && double.IsFinite(options.NoiseStandardDeviation)))
            throw new ArgumentOutOfRangeException(name, options.NoiseStandardDeviation, "NoiseStandardDeviation must be a number above 0");
        if (!double.IsFinite(options.NoiseMean))
            throw new ArgumentOutOfRangeException(name, options.NoiseMean, "NoiseMean must be a finite number");
        var noise = torch.randn(shape) * options.NoiseStandardDeviation + options.NoiseMean;
        return options.KeepInRange ? noise.clamp_(options.Minimum, options.Maximum) : noise;
    }
}
