namespace VaeToolkit.Volumes;

/// <summary>
/// −mutual information in nats of a joint histogram of 32 x 32 bins: the template's values fall into bins, the moving ones are spread by
/// a cubic B-spline (a Parzen window), so that the histogram changes smoothly (Mattes et al. 2003).
/// </summary>
internal sealed class InformationLoss : SimilarityLoss
{
    private const int Bins = 32;

    // The window reaches two bins to each side.
    private const int Margin = 2;

    private readonly int[] _templateBins;
    private readonly double _low;
    private readonly double _binWidth;
    private readonly double[] _joint = new double[Bins * Bins];
    private readonly double[] _logRatio = new double[Bins * Bins];

    public InformationLoss(float[] template, float[] movingImage)
    {
        var (low, high) = (template.Min(), template.Max());
        // Coarser levels of images that vary may not: then all values are of one bin, and no direction is better.
        _templateBins = FloatSpread.IsConstant(low, high) ? new int[template.Length]
            : Array.ConvertAll(template, value => Math.Min(Bins - 1, (int)((value - low) / (high - low) * Bins)));
        _low = movingImage.Min();
        var highest = movingImage.Max();
        _binWidth = FloatSpread.IsConstant(_low, highest) ? double.PositiveInfinity : (highest - _low) / (Bins - (2 * Margin) - 1);
    }

    public override double Evaluate(double[] moving, double[] gradient)
    {
        Array.Clear(_joint);
        for (var i = 0; i < moving.Length; i++)
        {
            var (first, t) = Place(moving[i]);
            for (var k = 0; k < 4; k++)
                _joint[(_templateBins[i] * Bins) + first + k] += Window(k, t) / moving.Length;
        }
        var information = LogRatios();
        for (var i = 0; i < moving.Length; i++)
        {
            var (first, t) = Place(moving[i]);
            var slope = 0.0;
            for (var k = 0; k < 4; k++)
                slope += WindowSlope(k, t) * _logRatio[(_templateBins[i] * Bins) + first + k];
            gradient[i] = -slope / (_binWidth * moving.Length);
        }
        return -information;
    }

    /// <summary>The first of the four bins that a value is spread over, and how far it is on the way to the next.</summary>
    private (int First, double T) Place(double value)
    {
        var place = Margin + ((value - _low) / _binWidth);
        var bin = Math.Clamp((int)place, Margin, Bins - Margin - 1);
        return (bin - 1, place - bin);
    }

    /// <summary>
    /// log p(a, b) / (p(a) p(b)); its mean under p(a, b) is the information. It is also the information's derivative in p(a, b),
    /// but for a constant.
    /// </summary>
    private double LogRatios()
    {
        var (rows, columns) = (new double[Bins], new double[Bins]);
        for (var i = 0; i < _joint.Length; i++)
        {
            rows[i / Bins] += _joint[i];
            columns[i % Bins] += _joint[i];
        }
        var information = 0.0;
        for (var i = 0; i < _joint.Length; i++)
        {
            _logRatio[i] = _joint[i] > 0 ? Math.Log(_joint[i] / (rows[i / Bins] * columns[i % Bins])) : 0;
            information += _joint[i] * _logRatio[i];
        }
        return information;
    }

    private static double Window(int k, double t) => k switch
    {
        0 => (1 - t) * (1 - t) * (1 - t) / 6,
        1 => ((3 * t * t * t) - (6 * t * t) + 4) / 6,
        2 => ((-3 * t * t * t) + (3 * t * t) + (3 * t) + 1) / 6,
        _ => t * t * t / 6,
    };

    private static double WindowSlope(int k, double t) => k switch
    {
        0 => -(1 - t) * (1 - t) / 2,
        1 => ((3 * t * t) - (4 * t)) / 2,
        2 => ((-3 * t * t) + (2 * t) + 1) / 2,
        _ => t * t / 2,
    };
}
