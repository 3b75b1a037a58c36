using TorchSharp;
using VaeToolkit.Mega.Classical;

namespace VaeToolkit.Mega.Comparison;

/// <summary>
/// Models of growing size side by side: AIC, BIC, and the moment gap, and which of them the score with a penalty α on the gap selects.
/// On training rows the exact gap of an EM-trained mixture is the same for every K, and a Monte Carlo one is noise;
/// <see cref="GapEstimator.HeldOut"/> says how well the training moments carry over, which for such mixtures does not depend on K either.
/// </summary>
public sealed class ComplexityPath
{
    private ComplexityPath(IReadOnlyList<ComplexityPoint> points, IReadOnlyList<(double Alpha, int Complexity)> selections)
        => (Points, Selections) = (points, selections);

    /// <summary>A point for every model, in the order given.</summary>
    public IReadOnlyList<ComplexityPoint> Points { get; }

    /// <summary>For every α the size that its score selects.</summary>
    public IReadOnlyList<(double Alpha, int Complexity)> Selections { get; }

    /// <summary>Compares models on the rows to which they were fitted.</summary>
    /// <param name="data">The training rows <c>[N, D]</c>.</param>
    /// <param name="models">The models, each with its size; at least one.</param>
    /// <param name="alphas">The penalties, each at least 0.</param>
    /// <param name="estimator">How the gap is estimated.</param>
    /// <exception cref="ArgumentException">There is no model, an α is negative, or a model differs from the data in D.</exception>
    public static ComplexityPath Of(
        torch.Tensor data, IReadOnlyList<(int Complexity, ClassicalModel Model)> models, IReadOnlyList<double> alphas, GapEstimator estimator)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(alphas);
        ArgumentNullException.ThrowIfNull(estimator);
        if (models.Count == 0)
            throw new ArgumentException("there is no model to compare", nameof(models));
        var bad = alphas.ToList().FindIndex(alpha => !(alpha >= 0 && double.IsFinite(alpha)));
        if (bad >= 0)
            throw new ArgumentException(FormattableString.Invariant($"alphas[{bad}] is {alphas[bad]}; it must be a number of at least 0"), nameof(alphas));
        var points = models.Select(entry => Point(data, entry.Complexity, entry.Model, estimator)).ToList();
        return new(points, [.. alphas.Select(alpha => (alpha, points.MaxBy(point => point.Score(alpha))!.Complexity))]);
    }

    private static ComplexityPoint Point(torch.Tensor data, int complexity, ClassicalModel model, GapEstimator estimator)
    {
        var gap = estimator.Of(data, model);
        var mean = model.LogLikelihood(data) / data.shape[0];
        return new(complexity, mean, model.Aic(data), model.Bic(data), gap.FirstOrder, gap.SecondOrder, gap.Sampling?.StandardError);
    }
}
