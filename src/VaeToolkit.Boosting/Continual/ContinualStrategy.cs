using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// One means against forgetting. Strategies compose: <see cref="ContinualTrainer"/> asks each of them, in order. None at all is plain
/// fine-tuning. Derive from it to write one, and override what it needs.
/// </summary>
public abstract class ContinualStrategy : IDisposable
{
    /// <summary>What it is called in saved runs; by default the class's name.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>
    /// The name and every option that decides what it does, in words; by default the name.
    /// A run is resumed by strategies with the same settings only.
    /// </summary>
    public virtual string Settings => Name;

    /// <summary>Called before a task is trained, after all strategies were asked for <see cref="TrainingData"/>.</summary>
    /// <param name="stage">Where learning stands.</param>
    /// <returns>What is to be called while the task is trained, and disposed after it if it can be; or null.</returns>
    public virtual ITrainingCallback<Vae>? TaskBegins(ContinualStage stage) => null;

    /// <summary>
    /// The items that the task is trained on, by default those given; a new source is disposed after the task.
    /// The model is as the task before left it.
    /// </summary>
    /// <param name="stage">Where learning stands; what strategies add is not counted yet.</param>
    /// <param name="data">The task's items, with those that earlier strategies added.</param>
    public virtual TensorData TrainingData(ContinualStage stage, TensorData data) => data;

    /// <summary>
    /// How many items <see cref="TrainingData"/> adds to a task's own, by default none: what a task's batches come to is looked at before
    /// the first task begins. To be overridden together with it.
    /// </summary>
    /// <param name="task">The task's number, from 0.</param>
    public virtual long AddedItems(int task) => 0;

    /// <summary>What of a task would not go as the strategy is meant to, a sentence each, found before the first task begins.</summary>
    internal virtual IEnumerable<string> Findings(ContinualStage stage) => [];

    /// <summary>What is added to every training step's loss: one number in nats; or null, as by default.</summary>
    /// <param name="model">The model.</param>
    public virtual torch.Tensor? Penalty(Vae model) => null;

    /// <summary>Called after a task was trained, with the model that is kept.</summary>
    /// <param name="stage">Where learning stands.</param>
    public virtual void TaskEnded(ContinualStage stage)
    {
    }

    /// <summary>Called before the items of a task are evaluated.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The task's number, from 0.</param>
    public virtual void Evaluating(Vae model, int task)
    {
    }

    /// <summary>The tensors that a resumed run needs, by name; they belong to the strategy or to the caller's scope.</summary>
    public virtual IReadOnlyDictionary<string, torch.Tensor> SaveState() => new Dictionary<string, torch.Tensor>();

    /// <summary>Restores what <see cref="SaveState"/> gave.</summary>
    /// <param name="state">The tensors, on the device where they are needed; they are copied.</param>
    /// <exception cref="KeyNotFoundException">One is missing.</exception>
    public virtual void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
    }

    /// <summary>The settings.</summary>
    public override string ToString() => Settings;

    /// <summary>Releases what it remembers.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what it remembers.</summary>
    /// <param name="disposing">True when called from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
