using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>The probability of a grey level k / 255 under a logistic distribution that is cut into 256 bins.</summary>
internal static class LogisticBins
{
    internal const double HalfBin = 0.5 / GreyLevels.Highest;

    // From here on log(1 + eˡ) equals l in float64 as well.
    private const double LinearFrom = 40;

    // What a logarithm may be at most whose number is multiplied and squared, as in gradients.
    private const double MostInSingle = 80;
    private const double MostInDouble = 600;

    // Below, the next term of the series, w² / 24, is nothing even in float64.
    private const double Narrow = 1e-8;

    private static readonly double s_logBin = Math.Log(2 * HalfBin);

    /// <summary>The logarithm of the bin's probability, for every value by itself; shapes are broadcast.</summary>
    /// <param name="x">Values, taken to the nearest level.</param>
    /// <param name="location">μ.</param>
    /// <param name="logScale">log s.</param>
    internal static torch.Tensor LogProb(torch.Tensor x, torch.Tensor location, torch.Tensor logScale)
    {
        var levels = GreyLevels.Nearest(x);
        var precision = Precision(logScale);
        var (lowest, highest) = (levels.eq(0), levels.eq(GreyLevels.Highest));
        var (pastUpper, toLower) = Edges(levels, location, precision);
        // σ(a) − σ(b) = σ(a) · σ(−b) · (1 − exp(b − a)), where nothing is lost however far the value is from μ;
        // an end bin has one factor only.
        var below = pastUpper.softplus(1, LinearFrom).masked_fill(highest, 0);
        var above = toLower.softplus(1, LinearFrom).masked_fill(lowest, 0);
        var width = (TrainingStep.IsComputed ? LogWidth(precision) : LogWidth(precision, logScale))
            .masked_fill(lowest.logical_or(highest), 0);
        return width - below - above;
    }

    // −a and b of the bins. In a step, whose decoders keep s well above rounding, from the levels' values.
    private static (torch.Tensor PastUpper, torch.Tensor ToLower) Edges(
        torch.Tensor levels, torch.Tensor location, torch.Tensor precision)
    {
        if (!TrainingStep.IsComputed)
        {
            var edges = new BinEdges(location, precision);
            return (edges.Past(levels + 1), -edges.Past(levels));
        }
        var centred = levels / GreyLevels.Highest - location;
        return ((centred + HalfBin) * -precision, (centred - HalfBin) * precision);
    }

    /// <summary>1 / s, outside of a step a number of its type however small s is: an infinite one times 0 is NaN.</summary>
    internal static torch.Tensor Precision(torch.Tensor logScale) => TrainingStep.IsComputed ? (-logScale).exp()
        : (-logScale).clamp_max(logScale.dtype == torch.float64 ? MostInDouble : MostInSingle).exp();

    // log(1 − e^(−w)) with the bin's width w in units of s.
    private static torch.Tensor LogWidth(torch.Tensor precision) => (-(precision * (-2 * HalfBin)).expm1()).log();

    // The same outside of a step, whose scales are the decoder's: of those much larger than a bin w vanishes, and its logarithm is known.
    private static torch.Tensor LogWidth(torch.Tensor precision, torch.Tensor logScale)
    {
        var width = precision * (2 * HalfBin);
        var isNarrow = width.lt(Narrow);
        return torch.where(isNarrow, s_logBin - logScale - width * 0.5, LogWidth(precision.masked_fill(isNarrow, 1)));
    }

    /// <summary>Draws levels, one for every location.</summary>
    internal static torch.Tensor Sample(torch.Tensor location, torch.Tensor logScale)
    {
        var uniform = NoiseSource.UniformLike(location);
        // A draw of 0 gives minus infinity, which belongs to the first bin.
        // Of scales that are larger still, as good as no draw is beside the ends.
        var scale = logScale.clamp_max(logScale.dtype == torch.float64 ? MostInDouble : MostInSingle).exp();
        var logistic = location + scale * (uniform.log() - (-uniform).log1p());
        return GreyLevels.Nearest(logistic) / GreyLevels.Highest;
    }
}
