using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// Keeps the parameters and buffers of the epoch with the lowest validation loss in memory, for trainings that write no checkpoints.
/// Epochs within a warm-up do not count; until one counts, the latest one's are kept.
/// </summary>
/// <typeparam name="TModel">The model's type.</typeparam>
public sealed class BestWeights<TModel> : ITrainingCallback<TModel>, IDisposable
    where TModel : torch.nn.Module
{
    private readonly (torch.Tensor Weight, torch.Tensor Copy)[] _weights;
    private double _lowest = double.PositiveInfinity;
    private bool _hasOwn;

    /// <summary>Begins with the weights that the model has.</summary>
    /// <param name="model">The model, where it will be trained: a move afterwards makes new weights.</param>
    public BestWeights(TModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = torch.NewDisposeScope();
        _weights = [.. model.parameters().Concat(model.buffers())
            .Select(weight => (weight, weight.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>The lowest validation loss so far.</summary>
    public override string ToString() => double.IsFinite(_lowest)
        ? FormattableString.Invariant($"the weights of the lowest validation loss, {_lowest:G5}")
        : _hasOwn ? "the weights of the latest epoch: all are of the warm-up" : "the weights that the model began with";

    /// <summary>True: each rank keeps its own copy.</summary>
    public bool RunsOnEveryRank => true;

    /// <inheritdoc/>
    public void EpochEnded(TModel model, EpochSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        if (summary.ValidationLoss is not { } loss || (summary.IsWarmUp ? double.IsFinite(_lowest) : !(loss < _lowest)))
            return;
        if (!summary.IsWarmUp)
            _lowest = loss;
        _hasOwn = true;
        Copy((weight, copy) => copy.copy_(weight));
    }

    /// <summary>
    /// Puts the best epoch's weights into the model; the latest epoch's, where all were within a warm-up; those from before, if no epoch
    /// had a validation loss.
    /// </summary>
    public void Restore() => Copy((weight, copy) => weight.copy_(copy));

    /// <summary>Frees the copies.</summary>
    public void Dispose() => Array.ForEach(_weights, pair => pair.Copy.Dispose());

    private void Copy(Action<torch.Tensor, torch.Tensor> copy)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (weight, kept) in _weights)
            copy(weight, kept);
    }
}
