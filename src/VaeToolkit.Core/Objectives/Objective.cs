using System.Collections.ObjectModel;
using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>
/// What training minimises, with its named terms. An objective may keep state between steps (a warm-up, a Lagrange multiplier):
/// it counts its own steps, and what it keeps is saved and restored with checkpoints through <see cref="SaveState"/> and
/// <see cref="LoadState"/>.
/// </summary>
/// <typeparam name="TModel">The model that it trains.</typeparam>
public abstract class Objective<TModel>
    where TModel : torch.nn.Module
{
    /// <summary>Number of optimiser steps taken with this objective; the training loop advances it.</summary>
    public long StepsTaken { get; private set; }

    /// <summary>Number of epochs finished; the trainer sets it, or the user's own loop.</summary>
    public int EpochsFinished { get; set; }

    /// <summary>
    /// Whether the loss and every term of a batch are the means of its items' own, so that the trainer may compute a batch in parts. An
    /// objective that says so keeps <see cref="Compute"/> free of side effects: it runs on two threads at once. By default false.
    /// </summary>
    public virtual bool IsMeanOverItems => false;

    /// <summary>
    /// Whether ranks may divide a batch's items (<see cref="Training.TrainingOptions.Exchange"/>): the loss is a mean over items, or takes
    /// what is not through <see cref="WholeBatch"/>. By default what <see cref="IsMeanOverItems"/> says.
    /// </summary>
    public virtual bool IsDivisible => IsMeanOverItems;

    /// <summary>
    /// Whether <see cref="Compute"/> takes no gradients itself (by <c>backward</c> or <c>autograd.grad</c>), and changes neither what it
    /// gives to encoder and decoder nor what these return in place. Then the trainer may backpropagate fully connected ones by products of
    /// the library's own, if all parts of the model are of this assembly or TorchSharp's. By default whether the objective is of it.
    /// </summary>
    public virtual bool IsBackpropagatedByTheLoop => GetType().Assembly == typeof(Objective<TModel>).Assembly;

    /// <summary>
    /// What rises by a plan while the objective is trained, such as the weight of a divergence; by default null, nothing. Epochs before its
    /// end are not compared with others, and <see cref="Training.PreFlight"/> finds a training that ends before it.
    /// </summary>
    public virtual WarmUpPlan? WarmUpPlan => null;

    /// <summary>
    /// Every option that decides what it computes, by name and in words; by default none. A run is resumed by an objective with the same
    /// ones only.
    /// </summary>
    public virtual IReadOnlyDictionary<string, string> Settings => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// How many items a batch of training must have, at least 1, the default: of one item there is no variance, for one. The pre-flight
    /// finds batches that are smaller, the last of an epoch too.
    /// </summary>
    /// <param name="model">The model.</param>
    public virtual long SmallestBatch(TModel model) => 1;

    /// <summary>The same of a batch of validation; by default as in training.</summary>
    /// <param name="model">The model.</param>
    public virtual long SmallestValidationBatch(TModel model) => SmallestBatch(model);

    /// <summary>How many latent vectors of an item a step decodes: what a batch costs goes with it.</summary>
    internal virtual long SamplesPerItem => 1;

    /// <summary>Computes the loss of one batch and its terms. Tensors belong to the caller's dispose scope.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public abstract ObjectiveResult Compute(TModel model, Batch batch);

    /// <summary>
    /// Computes what validation compares between epochs, by default the training loss. An objective that changes while it is
    /// trained (a warm-up) answers with its final form, so that epochs can be compared.
    /// </summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public virtual ObjectiveResult ComputeForValidation(TModel model, Batch batch) => Compute(model, batch);

    /// <summary>
    /// Says why items of a batch are outside of what the model can explain, such as pixels outside [0, 1] under Bernoulli pixels, or null
    /// when they are inside. By default a <see cref="Vae"/>'s likelihood is asked, and other models take everything. All data are looked at
    /// before the first step; the support does not depend on the parameters, so one latent vector is enough to ask.
    /// </summary>
    /// <param name="model">The model, in evaluation mode and without gradients.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public virtual string? ExplainOutsideSupport(TModel model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (model is not Vae vae)
            return null;
        var z = torch.zeros([1, vae.LatentSize], dtype: batch.Items.dtype, device: batch.Items.device).ToWeightsOf(vae.Decoder);
        return vae.DecodeOfChecked(z).ExplainOutsideSupport(batch.Items);
    }

    /// <summary>Called by the training loop after every optimiser step: counts it. Override to update other state; call the base.</summary>
    /// <param name="terms">The step's terms as numbers.</param>
    public virtual void AdvanceStep(IReadOnlyDictionary<string, double> terms) => StepsTaken++;

    /// <summary>The numbers that a resumed run needs to go on exactly, by name.</summary>
    public virtual Dictionary<string, double> SaveState() => new()
    {
        ["steps_taken"] = StepsTaken,
        ["epochs_finished"] = EpochsFinished,
    };

    /// <summary>Restores what <see cref="SaveState"/> gave.</summary>
    /// <param name="state">The saved numbers.</param>
    /// <exception cref="KeyNotFoundException">A number is missing.</exception>
    public virtual void LoadState(IReadOnlyDictionary<string, double> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        StepsTaken = (long)state["steps_taken"];
        EpochsFinished = (int)state["epochs_finished"];
    }
}
