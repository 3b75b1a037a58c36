using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A loss of a batch of segmentations, computed from logits. With one output channel p = sigmoid(logit) is the probability of the
/// foreground; with Y ≥ 2 channels p = softmax(logits) over the classes 0 to Y − 1.
/// </summary>
/// <remarks>
/// Dice, Tversky and focal losses are no log-likelihoods: a variational objective with one of them fits the generalised posterior
/// ∝ prior · exp(−loss). <see cref="CrossEntropy"/> alone is the mean negative log-likelihood of independent voxels.
/// </remarks>
public abstract class SegmentationLoss
{
    /// <summary>The loss of a batch.</summary>
    /// <param name="logits">Logits <c>[N, Y, D, H, W]</c>.</param>
    /// <param name="labels">Labels <c>[N, D, H, W]</c>, integers: 0 and 1 where Y = 1, else 0 to Y − 1.
    /// Other labels are refused by training, not here.</param>
    /// <returns>One number.</returns>
    /// <exception cref="ArgumentException">The shapes disagree.</exception>
    public torch.Tensor Compute(torch.Tensor logits, torch.Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        RequireSameGrid(logits, labels);
        return ComputeChecked(logits, labels);
    }

    /// <summary>Soft Dice loss, 1 − (2 Σ p y + s) / (Σ p + Σ y + s), the mean over classes where there are several.</summary>
    /// <param name="options">Smoothing s and what the sums run over; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The smoothing is not above 0.</exception>
    public static SegmentationLoss Dice(DiceOptions? options = null) => new DiceLoss((options ?? new()).Validated());

    /// <summary>Cross-entropy from logits, the mean over voxels: binary with one channel, else over the classes. In nats a voxel.</summary>
    public static SegmentationLoss CrossEntropy() => new CrossEntropyLoss(summed: false);

    /// <summary>Cross-entropy from logits, the sum over all voxels of the batch. In nats.</summary>
    public static SegmentationLoss SummedCrossEntropy() => new CrossEntropyLoss(summed: true);

    /// <summary>Focal loss, the mean over voxels of −(1 − p_y)^γ log p_y (Lin et al. 2017, eq. 4).</summary>
    /// <param name="gamma">γ, at least 0; 0 is the cross-entropy. Default 2.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="gamma"/> is below 0 or not finite.</exception>
    public static SegmentationLoss Focal(double gamma = 2) => new FocalLoss(gamma);

    /// <summary>Tversky loss, 1 − (Σ p y + s) / (Σ p y + α Σ p (1 − y) + β Σ (1 − p) y + s), s = 1 (Salehi et al. 2017, eq.
    /// 3).</summary>
    /// <param name="falsePositives">α, at least 0; α = β = ½ weighs both kinds of error as Dice does. Default 0.3.</param>
    /// <param name="falseNegatives">β, at least 0. Default 0.7.</param>
    /// <exception cref="ArgumentOutOfRangeException">A weight is below 0 or not finite.</exception>
    public static SegmentationLoss Tversky(double falsePositives = 0.3, double falseNegatives = 0.7)
        => new TverskyLoss(falsePositives, falseNegatives);

    /// <summary>A weighted sum of losses.</summary>
    /// <param name="parts">Weights, at least 0, and losses; at least one.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is below 0 or not finite.</exception>
    public static SegmentationLoss Sum(params IReadOnlyList<(double Weight, SegmentationLoss Loss)> parts) => new WeightedLoss(parts);

    /// <summary>Dice and mean cross-entropy together; the library's default loss.</summary>
    /// <param name="dice">Weight of the Dice loss; default 1.</param>
    /// <param name="crossEntropy">Weight of the cross-entropy; default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A weight is below 0 or not finite.</exception>
    public static SegmentationLoss DiceBce(double dice = 1, double crossEntropy = 1) => Sum((dice, Dice()), (crossEntropy, CrossEntropy()));

    /// <summary>
    /// The loss in the code of Kuzina et al. (2019): 0.01 times the cross-entropy summed over voxels and batch, and 0.99 times the Dice
    /// loss with smoothing 0.001. Made for networks with two channels.
    /// </summary>
    public static SegmentationLoss Kuzina() => Sum((0.01, SummedCrossEntropy()), (0.99, Dice(new() { Smoothing = 0.001 })));

    /// <summary>
    /// Whether ranks may divide a batch (<see cref="SegmentationTrainingOptions.Exchange"/>): it is a mean over volumes, or takes what is
    /// not through <see cref="WholeBatch"/>. This library's are; by default false.
    /// </summary>
    public virtual bool IsDivisible => false;

    /// <summary>
    /// Which loss it is, with its settings: what the manifest of a <see cref="SnapshotSet"/> keeps, so that a run goes on with the
    /// same loss only. Override it in a loss of your own that has settings; by default it is the type's name.
    /// </summary>
    public override string ToString() => base.ToString()!;

    /// <summary>The loss of a batch whose shapes are known to agree.</summary>
    /// <param name="logits">Logits <c>[N, Y, D, H, W]</c>.</param>
    /// <param name="labels">Labels <c>[N, D, H, W]</c>.</param>
    /// <returns>One number.</returns>
    protected abstract torch.Tensor ComputeChecked(torch.Tensor logits, torch.Tensor labels);

    private static void RequireSameGrid(torch.Tensor logits, torch.Tensor labels)
    {
        if (logits.Dimensions != 5 || labels.Dimensions != 4 || logits.shape[0] != labels.shape[0]
            || !logits.shape.AsSpan(2).SequenceEqual(labels.shape.AsSpan(1)))
            throw new ArgumentException($"logits have shape {Shape.Text(logits)}, labels {Shape.Text(labels)}; they must be "
                + "[N, Y, D, H, W] and [N, D, H, W]", nameof(labels));
        if (labels.is_floating_point())
            throw new ArgumentException($"labels are {labels.dtype}; they must be integers", nameof(labels));
    }
}
