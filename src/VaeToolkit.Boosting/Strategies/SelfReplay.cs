using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Adds images that the model generates before a task, so many for every earlier task, to the task's training items. A
/// <see cref="MultiHeadDecoder"/> generates those of every earlier task with its head.
/// </summary>
public sealed class SelfReplay : ContinualStrategy
{
    private readonly int _itemsPerTask;

    /// <summary>Makes the strategy.</summary>
    /// <param name="itemsPerTask">Images for each earlier task, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="itemsPerTask"/> is below 1.</exception>
    public SelfReplay(int itemsPerTask)
    {
        Shape.RequirePositive(itemsPerTask, "the number of images a task", nameof(itemsPerTask));
        _itemsPerTask = itemsPerTask;
    }

    /// <inheritdoc/>
    public override string Settings => FormattableString.Invariant(
        $"{Name} of {_itemsPerTask} images a task");

    /// <inheritdoc/>
    public override TensorData TrainingData(ContinualStage stage, TensorData data)
    {
        ArgumentNullException.ThrowIfNull(stage);
        if (stage.Number == 0)
            return data;
        using var seed = SeedScope.Begin(stage.Options.Seed);
        using var scope = torch.NewDisposeScope();
        return ItemSets.Joined(data, Generated(stage.Model, stage.Number));
    }

    /// <inheritdoc/>
    public override long AddedItems(int task) => (long)_itemsPerTask * task;

    private torch.Tensor Generated(Vae model, int tasks)
    {
        using var mode = EvaluationMode.Enter(model);
        if (model.Decoder is not MultiHeadDecoder heads)
            return Sampled(model, (long)_itemsPerTask * tasks);
        var active = heads.Active;
        var pictures = new List<torch.Tensor>();
        for (var task = 0; task < tasks; task++)
        {
            heads.Activate(task);
            pictures.Add(Sampled(model, _itemsPerTask));
        }
        heads.Activate(active);
        return torch.cat([.. pictures]);
    }

    // Where a prior of components has already begun the new task, that task's components would take a share.
    private static torch.Tensor Sampled(Vae model, long count)
    {
        if ((model.Prior as IStoredComponents)?.OfFinishedTasks() is not { } stored)
            return model.Sample(count);
        using var mixture = new NormalMixture(stored.Components, stored.Weights);
        return model.DecodeOfChecked(mixture.Sample(count)).Mean;
    }
}
