using TorchSharp;

namespace VaeToolkit;

/// <summary>The probability of a grey level k / 255 under a logistic distribution that is cut into 256 bins.</summary>
internal static class LogisticBins
{
    internal const double HalfBin = 0.5 / GreyLevels.Highest;

    // From here on log(1 + eˡ) equals l in float64 as well.
    private const double LinearFrom = 40;

    /// <summary>The logarithm of the bin's probability, for every value by itself; shapes are broadcast.</summary>
    /// <param name="x">Values, taken to the nearest level.</param>
    /// <param name="location">μ.</param>
    /// <param name="logScale">log s.</param>
    internal static torch.Tensor LogProb(torch.Tensor x, torch.Tensor location, torch.Tensor logScale)
    {
        var levels = GreyLevels.Nearest(x);
        var precision = (-logScale).exp();
        var centred = levels / GreyLevels.Highest - location;
        var (lowest, highest) = (levels.eq(0), levels.eq(GreyLevels.Highest));
        // σ(a) − σ(b) = σ(a) · σ(−b) · (1 − exp(b − a)), where nothing is lost however far the value is from μ;
        // an end bin has one factor only.
        var below = ((centred + HalfBin) * -precision).softplus(1, LinearFrom).masked_fill(highest, 0);
        var above = ((centred - HalfBin) * precision).softplus(1, LinearFrom).masked_fill(lowest, 0);
        var width = (-(precision * (-2 * HalfBin)).expm1()).log().masked_fill(lowest.logical_or(highest), 0);
        return width - below - above;
    }

    /// <summary>Draws levels, one for every location.</summary>
    internal static torch.Tensor Sample(torch.Tensor location, torch.Tensor logScale)
    {
        var uniform = NoiseSource.UniformLike(location);
        // A draw of 0 gives minus infinity, which belongs to the first bin.
        var logistic = location + logScale.exp() * (uniform.log() - (-uniform).log1p());
        return GreyLevels.Nearest(logistic) / GreyLevels.Highest;
    }
}
