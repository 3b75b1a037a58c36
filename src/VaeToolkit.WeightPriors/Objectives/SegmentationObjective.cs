namespace VaeToolkit.WeightPriors;

/// <summary>The loss of a deterministic network: what source networks and the baselines minimise. Its one term is <c>data</c>.</summary>
/// <param name="loss">The loss; null for <see cref="SegmentationLoss.DiceBce"/>.</param>
public sealed class SegmentationObjective(SegmentationLoss? loss = null) : NetworkObjective<UNet3d>
{
    private readonly SegmentationLoss _loss = loss ?? SegmentationLoss.DiceBce();

    /// <summary>The loss.</summary>
    public override string ToString() => $"SegmentationObjective: {_loss}";

    /// <summary>Whether the loss is.</summary>
    public override bool IsDivisible => _loss.IsDivisible;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Loss"] = _loss.ToString() };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch has no labels.</exception>
    public override ObjectiveResult Compute(UNet3d model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var labels = batch.Labels ?? throw new ArgumentException("the batch has no labels", nameof(batch));
        var value = _loss.Compute(model.forward(batch.Items), labels);
        return new(value, new ObjectiveTerm(DataTerm, value));
    }
}
