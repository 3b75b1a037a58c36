using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>Keeps some random items of every task and adds them to the training items of later ones.</summary>
public sealed class Coreset : ContinualStrategy
{
    private readonly int _itemsPerTask;
    private torch.Tensor? _items;

    /// <summary>Makes the strategy.</summary>
    /// <param name="itemsPerTask">c, items kept of each task, drawn with replacement; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="itemsPerTask"/> is below 1.</exception>
    public Coreset(int itemsPerTask)
    {
        Shape.RequirePositive(itemsPerTask, "the number of items a task", nameof(itemsPerTask));
        _itemsPerTask = itemsPerTask;
    }

    /// <inheritdoc/>
    public override string Settings => FormattableString.Invariant(
        $"{Name} of {_itemsPerTask} items a task");

    /// <inheritdoc/>
    public override TensorData TrainingData(ContinualStage stage, TensorData data) => _items is null ? data : ItemSets.Joined(data, _items);

    /// <inheritdoc/>
    public override long AddedItems(int task) => (long)_itemsPerTask * task;

    /// <inheritdoc/>
    public override void TaskEnded(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        using var seed = SeedScope.Begin(stage.Options.Seed);
        using var scope = torch.NewDisposeScope();
        var all = ItemSets.Read(stage.Task.Train);
        var drawn = all.index_select(0, torch.randint(0, all.shape[0], [_itemsPerTask], dtype: torch.int64, device: all.device));
        Remember(_items is null ? drawn : torch.cat([_items, drawn]));
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, torch.Tensor> SaveState() => new Dictionary<string, torch.Tensor> { ["items"] = _items! };

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Remember(state["items"]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _items?.Dispose();
        base.Dispose(disposing);
    }

    private void Remember(torch.Tensor items)
    {
        var before = _items;
        _items = items.clone().DetachFromDisposeScope();
        before?.Dispose();
    }
}
