using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The mean of −log q(y|x), in nats, of a classifier that maps items to logits: supervised training, to compare with.
/// </summary>
/// <remarks>Term: <c>classification</c>.</remarks>
public sealed class CrossEntropy : Objective<torch.nn.Module<torch.Tensor, torch.Tensor>>
{
    /// <inheritdoc/>
    public override bool IsMeanOverItems => true;

    /// <summary>Labels that the classifier has no logit for.</summary>
    /// <param name="model">The classifier, in evaluation mode and without gradients.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public override string? ExplainOutsideSupport(torch.nn.Module<torch.Tensor, torch.Tensor> model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        return LabelSpace.ExplainUnknown(batch.Labels, model.call(batch.Items.narrow(0, 0, 1)).shape[^1]);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch has no labels, or the logits are not <c>[N, Y]</c>.</exception>
    public override ObjectiveResult Compute(torch.nn.Module<torch.Tensor, torch.Tensor> model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var classes = batch.Labels ?? throw new ArgumentException("the batch has no labels to learn from", nameof(batch));
        var logits = model.call(batch.Items);
        if (logits.Dimensions != 2 || logits.shape[0] != batch.Size)
            throw new ArgumentException(
                $"the classifier answers {batch.Size} items with shape {Shape.Text(logits)}; it must be [N, Y], logits", nameof(model));
        var loss = -logits.log_softmax(1).gather(1, classes.unsqueeze(1)).mean();
        return new(loss, new ObjectiveTerm("classification", loss));
    }

    /// <summary>What it is.</summary>
    public override string ToString() => $"{nameof(CrossEntropy)}: the mean of −log q(y|x)";
}
