using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>
/// Tells unusual items from normal ones by how little a trained model expects them: the threshold is a quantile of the scores of normal
/// items. It never changes, and threads may share it.
/// </summary>
/// <remarks>
/// The normal items should be others than those that the model was trained on: it knows those, so a threshold from them is too low. A high
/// likelihood alone does not make an item normal (Nalisnick et al. 2019): simple items, such as blank ones, can score low.
/// </remarks>
public sealed class AnomalyDetector : IDisposable
{
    private readonly FrozenVae _model;
    private readonly bool _ownsModel;
    private readonly AnomalyOptions _options;
    private readonly torch.Tensor? _usual;

    private AnomalyDetector(
        FrozenVae model, bool ownsModel, AnomalyOptions options, IReadOnlyList<double> normalScores, torch.Tensor? usual)
    {
        (_model, _ownsModel, _options, NormalScores, _usual) = (model, ownsModel, options, normalScores, usual);
        Threshold = QuantileEstimate.Of(normalScores, options.Quantile, options.Level);
    }

    /// <summary>The score above which an item is an anomaly, with its interval.</summary>
    public QuantileEstimate Threshold { get; }

    /// <summary>The scores of the normal items, in their order.</summary>
    public IReadOnlyList<double> NormalScores { get; }

    /// <summary>Finds the threshold for a model that is not to change any more.</summary>
    /// <param name="model">The model; it stays the caller's, who disposes of it after the detector.</param>
    /// <param name="normalItems">Normal items that the model was not trained on, on its device.</param>
    /// <param name="options">What is measured, quantile, level, samples and seed; null for the defaults.</param>
    /// <param name="progress">Told the fraction done, after every batch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">There are no items, or they do not fit the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArithmeticException">The score of an item is NaN, or what a value of it contributes is not finite; the message
    /// names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AnomalyDetector Fit(
        FrozenVae model, DataSource normalItems, AnomalyOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
        => Fit(model, ownsModel: false, normalItems, options, progress, cancellationToken);

    /// <summary>As the other, for a copy of a model, which may be trained on; the copy goes with the detector.</summary>
    /// <param name="model">The model.</param>
    /// <param name="normalItems">Normal items that the model was not trained on, on its device.</param>
    /// <param name="options">What is measured, quantile, level, samples and seed; null for the defaults.</param>
    /// <param name="progress">Told the fraction done, after every batch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="NotSupportedException">As of <see cref="Vae.Freeze"/>.</exception>
    public static AnomalyDetector Fit(
        Vae model, DataSource normalItems, AnomalyOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var frozen = model.Freeze();
        try
        {
            return Fit(frozen, ownsModel: true, normalItems, options, progress, cancellationToken);
        }
        catch
        {
            frozen.Dispose();
            throw;
        }
    }

    /// <summary>How unusual every item is, in nats: the measure of the options, larger for stranger items.</summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat.</param>
    /// <param name="cancellationToken">Stops between batches, and within one between chunks of samples.</param>
    /// <exception cref="ArgumentException">As of <see cref="FrozenVae.AnomalyScore"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public double[] Score(torch.Tensor x, CancellationToken cancellationToken = default)
        => _model.AnomalyScore(x, _options.Measure, _options.Importance, cancellationToken);

    /// <summary>Whether every item scores above the threshold.</summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat.</param>
    /// <param name="cancellationToken">As of <see cref="Score"/>.</param>
    /// <exception cref="ArgumentException">As of <see cref="FrozenVae.AnomalyScore"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public bool[] IsAnomaly(torch.Tensor x, CancellationToken cancellationToken = default)
        => Array.ConvertAll(Score(x, cancellationToken), score => score > Threshold.Value);

    /// <summary>
    /// Where an item is unusual: what every value (pixel or column) takes away from log p(x|z) at the item's mean code, more than it does
    /// on average for the normal items, in nats. Values near zero are as expected. What is unusual about the code itself, which the
    /// likelihood and the divergence measure too, has no place in the item.
    /// </summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat.</param>
    /// <returns>The shape of <paramref name="x"/>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">As of <see cref="FrozenVae.AnomalyScore"/>.</exception>
    /// <exception cref="NotSupportedException">The likelihood is not a product over values.</exception>
    public torch.Tensor Contributions(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var parts = _model.AnomalyContributions(x);
        return (parts - _usual!.to(parts.dtype).reshape([1, .. parts.shape[1..]])).MoveToOuterDisposeScope();
    }

    /// <summary>Tries the detector on items of which one knows what they are.</summary>
    /// <param name="normalItems">Normal items, others than those that the threshold is from.</param>
    /// <param name="anomalies">Anomalies.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">There are fewer than two items of a kind, or they do not fit the model.</exception>
    /// <exception cref="ArithmeticException">The score of an item is NaN; the message names the item.</exception>
    public AnomalyReport Test(DataSource normalItems, DataSource anomalies, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(normalItems);
        ArgumentNullException.ThrowIfNull(anomalies);
        var (normal, anomalous) = (ScoresOf(normalItems), ScoresOf(anomalies));
        return new(
            DetectionScores.Of(normal, anomalous, _options.Level),
            normal.Count(score => score > Threshold.Value), anomalous.Count(score => score > Threshold.Value));

        List<double> ScoresOf(DataSource items) => AnomalyScores.Of(_model, items, _options, null, null, cancellationToken);
    }

    /// <summary>The measure and the threshold.</summary>
    public override string ToString() => $"{_options.Measure} above {Threshold}";

    /// <summary>Frees what the detector holds, and the model where it made the copy.</summary>
    public void Dispose()
    {
        _usual?.Dispose();
        if (_ownsModel)
            _model.Dispose();
    }

    private static AnomalyDetector Fit(
        FrozenVae model, bool ownsModel, DataSource normalItems, AnomalyOptions? options, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(normalItems);
        options = (options ?? new()).Validated();
        if (normalItems.Count == 0)
            throw new ArgumentException("there are no normal items", nameof(normalItems));
        using var usual = new ContributionMean(model);
        var scores = AnomalyScores.Of(model, normalItems, options, usual, progress, cancellationToken);
        return new(model, ownsModel, options, scores, usual.Take());
    }
}
