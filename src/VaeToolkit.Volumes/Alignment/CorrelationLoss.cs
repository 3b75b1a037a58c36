namespace VaeToolkit.Volumes;

/// <summary>1 − r, with Pearson's r.</summary>
internal sealed class CorrelationLoss : SimilarityLoss
{
    private readonly double[] _template;
    private readonly double _templateNorm;

    public CorrelationLoss(float[] template)
    {
        var mean = template.Average(value => (double)value);
        _template = Array.ConvertAll(template, value => value - mean);
        // Coarser levels of a template that varies may not.
        _templateNorm = FloatSpread.IsConstant(template.Min(), template.Max()) ? 0 : Math.Sqrt(_template.Sum(value => value * value));
    }

    public override double Evaluate(double[] moving, double[] gradient)
    {
        var mean = moving.Average();
        var (product, square) = (0.0, 0.0);
        for (var i = 0; i < moving.Length; i++)
        {
            product += _template[i] * (moving[i] - mean);
            square += (moving[i] - mean) * (moving[i] - mean);
        }
        if (_templateNorm == 0 || FloatSpread.IsConstant(moving.Min(), moving.Max()))
        {
            Array.Clear(gradient); // The image is constant here: no direction is better.
            return 1;
        }
        var norms = _templateNorm * Math.Sqrt(square);
        var correlation = product / norms;
        for (var i = 0; i < moving.Length; i++)
            gradient[i] = (correlation * (moving[i] - mean) / square) - (_template[i] / norms);
        return 1 - correlation;
    }
}
