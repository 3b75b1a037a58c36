using TorchSharp;

namespace VaeToolkit.Samples;

/// <summary>
/// A density as filled contours: bands of equal log-density from blue at the peak to white, with dark lines between them.
/// </summary>
internal static class ContourPicture
{
    private const double NatsPerBand = 1;
    private const double Bands = 7;

    /// <param name="logDensity">Log-densities row by row, <c>[side²]</c>.</param>
    /// <param name="side">Pixels a side.</param>
    /// <returns><c>[1, 3, side, side]</c>.</returns>
    public static torch.Tensor Of(torch.Tensor logDensity, int side)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var depth = (logDensity.max() - logDensity) / NatsPerBand;
        var band = depth.floor().clamp(0, Bands).reshape(side, side).to(torch.float32);
        var shade = band / Bands;
        var line = 1 - Edges(band) * 0.5;
        return torch.stack([(shade * 0.9 + 0.1) * line, (shade * 0.7 + 0.3) * line, (shade * 0.3 + 0.7) * line])
            .unsqueeze(0).MoveToOuterDisposeScope();
    }

    private static torch.Tensor Edges(torch.Tensor band)
    {
        var (right, below) = (torch.zeros_like(band), torch.zeros_like(band));
        var last = band.shape[0] - 1;
        right.narrow(1, 0, last).copy_(band.narrow(1, 0, last).ne(band.narrow(1, 1, last)));
        below.narrow(0, 0, last).copy_(band.narrow(0, 0, last).ne(band.narrow(0, 1, last)));
        return right.maximum(below);
    }
}
