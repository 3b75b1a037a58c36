using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega;

/// <summary>
/// Models of growing size side by side: AIC, BIC, and the moment gap, and which of them the score with a penalty α on the gap selects.
/// On training rows the exact gap of an EM-trained mixture is the same for every K, and a Monte Carlo one is noise;
/// <see cref="GapEstimator.HeldOut"/> says how well the training moments carry over, which for such mixtures does not depend on K either.
/// </summary>
public sealed class ComplexityPath
{
    private const int FewestRowsToDivide = 10;

    private ComplexityPath(IReadOnlyList<ComplexityPoint> points, IReadOnlyList<(double Alpha, int Complexity)> selections)
        => (Points, Selections) = (points, selections);

    /// <summary>A point for every model, in the order given.</summary>
    public IReadOnlyList<ComplexityPoint> Points { get; }

    /// <summary>For every α the size that its score selects, among the models that are not degenerate where there are such.</summary>
    public IReadOnlyList<(double Alpha, int Complexity)> Selections { get; }

    /// <summary>Sizes that could not be fitted, each with why; empty where all were.</summary>
    public IReadOnlyList<(int Complexity, string Reason)> Failures { get; private init; } = [];

    /// <summary>Compares models on the rows to which they were fitted.</summary>
    /// <param name="data">The training rows <c>[N, D]</c>.</param>
    /// <param name="models">The models, each with its size; at least one.</param>
    /// <param name="alphas">The penalties, each at least 0.</param>
    /// <param name="estimator">How the gap is estimated.</param>
    /// <exception cref="ArgumentException">There is no model, an α is negative, or a model differs from the data in D.</exception>
    public static ComplexityPath Of(
        torch.Tensor data, IReadOnlyList<(int Complexity, ClassicalModel Model)> models,
        IReadOnlyList<double> alphas, GapEstimator estimator)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(alphas);
        ArgumentNullException.ThrowIfNull(estimator);
        if (models.Count == 0)
            throw new ArgumentException("there is no model to compare", nameof(models));
        var bad = alphas.ToList().FindIndex(alpha => !(alpha >= 0 && double.IsFinite(alpha)));
        if (bad >= 0)
            throw new ArgumentException(
                FormattableString.Invariant($"alphas[{bad}] is {alphas[bad]}; it must be a number of at least 0"), nameof(alphas));
        var points = models.Select(entry => Point(data, entry.Complexity, entry.Model, estimator)).ToList();
        var eligible = points.Exists(point => !point.IsDegenerate) ? points.FindAll(point => !point.IsDegenerate) : points;
        return new(points, [.. alphas.Select(alpha => (alpha, eligible.MaxBy(point => point.Score(alpha))!.Complexity))]);
    }

    /// <summary>
    /// Fits a model of every size and compares them; unless told otherwise by rows that the fits did not see. A size for which the data are
    /// degenerate is among <see cref="Failures"/>.
    /// </summary>
    /// <param name="data">The rows <c>[N, D]</c>; at least ten where a fifth of them is held out.</param>
    /// <param name="complexities">The sizes, such as K or q; at least one.</param>
    /// <param name="fit">Fits a model of a size to rows.</param>
    /// <param name="alphas">The penalties, each at least 0.</param>
    /// <param name="estimator">How the gap is estimated, from all rows; null, the default, holds a fifth of them out,
    /// drawn by the seed.</param>
    /// <param name="seed">Seed of that choice.</param>
    /// <exception cref="ArgumentException">There are too few rows or no size, an α is negative, or a value is not finite.</exception>
    /// <exception cref="DegenerateDataException">The data are degenerate for every size.</exception>
    public static ComplexityPath Fit(
        torch.Tensor data,
        IReadOnlyList<int> complexities,
        Func<torch.Tensor, int, ClassicalModel> fit,
        IReadOnlyList<double> alphas,
        GapEstimator? estimator = null,
        long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(complexities);
        ArgumentNullException.ThrowIfNull(fit);
        using var scope = torch.NewDisposeScope();
        var rows = Rows.Checked(data, nameof(data), least: estimator is null ? FewestRowsToDivide : 2);
        var (train, held) = estimator is null ? Divide(rows, seed) : (rows, null);
        var (models, failures) = (new List<(int, ClassicalModel)>(), new List<(int Complexity, string Reason)>());
        foreach (var size in complexities)
        {
            try
            {
                models.Add((size, fit(train, size)));
            }
            catch (DegenerateDataException e)
            {
                failures.Add((size, e.Message));
            }
        }
        if (models.Count == 0 && failures.Count > 0)
            throw new DegenerateDataException($"no size can be fitted; size {failures[0].Complexity}: {failures[0].Reason}");
        var path = Of(train, models, alphas, estimator ?? GapEstimator.HeldOut(held!));
        return new(path.Points, path.Selections) { Failures = failures };
    }

    /// <summary>A line for every size with its criteria and gaps, the sizes that the penalties select, and those that failed.</summary>
    public override string ToString()
    {
        var table = TextTable.Of(ComplexityPoint.Header, Points.Select(point => point.Cells));
        return string.Join(Environment.NewLine, [table, .. Selections.Select(
            selection => $"α = {TextTable.Number(selection.Alpha)} selects {selection.Complexity}"),
            .. Failures.Select(failure => $"size {failure.Complexity} could not be fitted: {failure.Reason}")]);
    }

    private static (torch.Tensor Train, torch.Tensor Held) Divide(torch.Tensor rows, long seed)
    {
        using var random = SeedScope.Begin(seed);
        var order = torch.randperm(rows.shape[0], dtype: torch.int64, device: rows.device);
        var held = rows.shape[0] / 5;
        return (rows.index_select(0, order.narrow(0, held, rows.shape[0] - held)), rows.index_select(0, order.narrow(0, 0, held)));
    }

    private static ComplexityPoint Point(torch.Tensor data, int complexity, ClassicalModel model, GapEstimator estimator)
    {
        var gap = estimator.Of(data, model);
        var mean = model.LogLikelihood(data) / data.shape[0];
        return new(complexity, mean, model.Aic(data), model.Bic(data), gap.FirstOrder, gap.SecondOrder, gap.Sampling?.StandardError)
        {
            IsDegenerate = model is GaussianMixture mixture && mixture.DegenerateComponents(data.shape[0]).Count > 0,
        };
    }
}
