using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>What a density of the caller's own says of points.</summary>
internal static class GivenDensity
{
    /// <summary>The log-densities <c>[K]</c> of points <c>[K, D]</c>: of another shape they would be spread over all of them.</summary>
    /// <exception cref="InvalidOperationException">It gives another shape or nothing, or libtorch refused what it does.</exception>
    public static torch.Tensor At(torch.Tensor points, string what, Func<torch.Tensor, torch.Tensor> logDensity)
    {
        var values = EngineError.In(points, () => what, () => logDensity(points));
        return values is { Dimensions: 1 } && values.shape[0] == points.shape[0]
            ? values
            : throw new InvalidOperationException($"{what} of points {Shape.Text(points)} "
                + $"{(values is null ? "is null" : $"has shape {Shape.Text(values)}")}; it must be [{points.shape[0]}]");
    }
}
