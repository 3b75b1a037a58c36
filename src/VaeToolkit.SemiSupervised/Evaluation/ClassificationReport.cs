using System.Collections.ObjectModel;
using System.Globalization;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>How well a classifier does on labelled items.</summary>
public sealed record ClassificationReport
{
    private const int BatchSize = 500;

    // Keeps the log loss finite where evidence is against a class by more than float32 can say.
    private const double SmallestProbability = 1e-30;

    /// <summary>Share of items that are given their own class, in [0, 1].</summary>
    public required double Accuracy { get; init; }

    /// <summary>Standard error of <see cref="Accuracy"/> over items, √(a (1 − a) / N).</summary>
    public double AccuracyStandardError => Math.Sqrt(Accuracy * (1 - Accuracy) / Items);

    /// <summary>
    /// Expected calibration error in [0, 1]: in 15 bins of equal width of the largest probability, the mean distance of that probability
    /// from the accuracy, weighted by items (Guo et al. 2017, eq. 3).
    /// </summary>
    public required double CalibrationError { get; init; }

    /// <summary>The mean of −log q(y|x) of the items' own classes, in nats.</summary>
    public required double LogLoss { get; init; }

    /// <summary>
    /// H(y) − <see cref="LogLoss"/> in nats, H(y) being the entropy of the items' own classes: a lower bound of the information I(x; y)
    /// that the probabilities hold. By <see cref="OfEvidence"/> it says how much p(x|y,z) listens to y: 0 or less when it does not.
    /// </summary>
    public double Information
        => -Confusion.Select(row => (double)row.Sum() / Items).Where(share => share > 0).Sum(share => share * Math.Log(share)) - LogLoss;

    /// <summary>Items by their own class (first index) and the class that they are given (second).</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Confusion { get; init; }

    /// <summary>Number of items.</summary>
    public required long Items { get; init; }

    /// <summary>Reports on q(y|x) of a model, in evaluation mode.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Labelled items, on the model's device.</param>
    /// <param name="exchange">The ranks that divide the items, batch by batch; all make the same call and get the same report, one
    /// process's. Null: this process alone.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">The items are not in the model's item shape, or flat; there are no labels, or one is no class,
    /// or a value is NaN or infinite, the message names its item; or ranks do not have the same weights and items.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ClassificationReport Of(
        M2Model model, DataSource data, IExchange? exchange = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return OfModel(model, model.LogProbsOfChecked, data, looksAtSupport: false, exchange, cancellationToken);
    }

    /// <summary>Reports on a classifier that answers with logits, in evaluation mode.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="data">Labelled items, on the classifier's device.</param>
    /// <param name="exchange">The ranks that divide the items, batch by batch; all make the same call and get the same report, one
    /// process's. Null: this process alone.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">There are no labels, or one is no class, the message names its row; or the items do not go
    /// through the classifier, or it gives another shape; or ranks do not have the same weights and items.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ClassificationReport Of(
        torch.nn.Module<torch.Tensor, torch.Tensor> classifier, DataSource data, IExchange? exchange = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return Of(classifier, (x, _) => LogitsOf(classifier, x).log_softmax(1), data, exchange, cancellationToken);
    }

    private static torch.Tensor LogitsOf(torch.nn.Module<torch.Tensor, torch.Tensor> classifier, torch.Tensor x)
    {
        var logits = EngineError.Of(classifier, x, "data", () => classifier.call(x));
        return logits is { Dimensions: 2 } && logits.shape[0] == x.shape[0] && logits.shape[1] > 0 ? logits : throw new ArgumentException(
            $"{classifier.GetName()} gives {(logits is null ? "null" : Shape.Text(logits))} for items {Shape.Text(x)}; it must "
            + $"give logits [{x.shape[0]}, C]",
            nameof(classifier));
    }

    /// <summary>
    /// Reports on p(y|x) by Bayes' rule (<see cref="M2Model.ClassifyByEvidence"/>):
    /// on the generative half of a model, whatever q(y|x) says.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Labelled items, on the model's device.</param>
    /// <param name="samples">Samples of z for every item and class, at least 1.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">The items are not in the model's item shape, or flat; there are no labels, or one is no class,
    /// or a value is NaN or infinite, or outside of the likelihood's support, the message names its item.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ClassificationReport OfEvidence(
        M2Model model, DataSource data, int samples = 10, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        Shape.RequirePositive(samples, "the number of samples", nameof(samples));
        return OfModel(
            model, x => model.EvidenceOfChecked(x, samples).clamp_min(SmallestProbability).log(), data, looksAtSupport: true,
            exchange: null, cancellationToken);
    }

    /// <summary>Reports on both halves together (<see cref="M2Model.ClassifyByBoth"/>).</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Labelled items, on the model's device.</param>
    /// <param name="evidenceWeight">τ, at least 0.</param>
    /// <param name="samples">Samples of z for every item and class, at least 1.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">The items are not in the model's item shape, or flat; there are no labels, or one is no class,
    /// or a value is NaN or infinite, or outside of the likelihood's support, the message names its item.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="evidenceWeight"/> is below 0 or not finite, or
    /// <paramref name="samples"/> is below 1.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ClassificationReport OfBoth(
        M2Model model, DataSource data, double evidenceWeight, int samples = 10, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        M2Model.RequireEvidenceWeight(evidenceWeight);
        Shape.RequirePositive(samples, "the number of samples", nameof(samples));
        return OfModel(
            model, x => model.BothOfChecked(x, evidenceWeight, samples).clamp_min(SmallestProbability).log(), data,
            looksAtSupport: true, exchange: null, cancellationToken);
    }

    /// <summary>The figures in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"accuracy {Accuracy:F4} ± {AccuracyStandardError:F4}, calibration error "
            + $"{CalibrationError:F4}, log loss {LogLoss:F4} nats ({Items} items)");

    // The tally knows the number of an item of the data, the model that of the batch: it answers unlooked at.
    private static ClassificationReport OfModel(
        M2Model model, Func<torch.Tensor, torch.Tensor> logProbs, DataSource data, bool looksAtSupport, IExchange? exchange,
        CancellationToken cancellationToken)
    {
        return Of(model, Answer, data, exchange, cancellationToken);

        torch.Tensor Answer(torch.Tensor x, long before)
        {
            Shape.RequireItems(x, model.Generative.ItemShape, nameof(data));
            var finite = x.flatten(1).isfinite().all(1);
            if (!finite.all().ToBoolean())
            {
                throw new ArgumentException(
                    $"{nameof(data)} holds NaN or infinity in item {before + finite.to(torch.uint8).argmin().ToInt64()}; "
                    + "mask or replace such values first", nameof(data));
            }
            if (looksAtSupport)
                model.Generative.RequireInSupport(x, before, nameof(data));
            return logProbs(x);
        }
    }

    private static ClassificationReport Of(
        torch.nn.Module module, Func<torch.Tensor, long, torch.Tensor> logProbs, DataSource data, IExchange? exchange,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        // Items may be drawn as they come, and ranks on threads share torch's own generator.
        using var noise = exchange is { Size: > 1 } ? NoiseSource.Begin(module, seed: 0) : null;
        return RankedRun.Evaluate(exchange, module, static () => ReadOnlyDictionary<string, string>.Empty, Run, data);

        ClassificationReport Run()
        {
            using var mode = EvaluationMode.Enter(module);
            using var batches = OnDemand().GetEnumerator();
            var tally = new ClassificationTally();
            while (true)
            {
                var round = new ClassificationRound(exchange);
                RankedRun.Agree(exchange, () => Answer(round, batches, tally.Count));
                if (round.Labels.Count == 0)
                    return tally.Report();
                var answers = round.OfAll();
                RankedRun.Agree(exchange, () => tally.Add(answers, round.Labels));
            }
        }

        // Also the source's first refusal then comes where ranks hear of it.
        IEnumerable<Batch> OnDemand()
        {
            foreach (var batch in data.InOrder(BatchSize))
                yield return batch;
        }

        void Answer(ClassificationRound round, IEnumerator<Batch> batches, long before)
        {
            while (!round.IsFull && batches.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = torch.NewDisposeScope();
                var batch = batches.Current;
                var labels = batch.Labels ?? throw new ArgumentException("the items have no labels to compare with", nameof(data));
                if (labels.Dimensions != 1)
                    throw new ArgumentException(
                        $"labels have shape {Shape.Text(labels)}; one of each item, [N], is compared", nameof(data));
                round.Add(labels, earlier => logProbs(batch.Items, before + earlier));
            }
        }
    }
}
