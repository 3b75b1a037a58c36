using System.Collections.ObjectModel;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// Something that <see cref="Trainer"/> calls while it trains; implement the members of interest. Callbacks run one after another on the
/// training thread. One that throws ends the run with a <see cref="TrainingCallbackException"/>.
/// </summary>
/// <typeparam name="TModel">The model's type.</typeparam>
public interface ITrainingCallback<in TModel>
    where TModel : torch.nn.Module
{
    /// <summary>
    /// Whether it is called on all ranks where several train together (<see cref="TrainingOptions.Exchange"/>); by default false, on rank
    /// 0 alone, where what it draws moves nothing that the training draws. One that changes the model says true, and changes it alike on
    /// all: by what it draws from <see cref="NoiseSource"/>.
    /// </summary>
    bool RunsOnEveryRank => false;

    /// <summary>
    /// What decides what it changes in the model, by name and in words (<see cref="OptionText.ByName"/>); by default nothing. A run that
    /// is resumed must have the same: <see cref="CheckpointException"/> names what differs.
    /// </summary>
    IReadOnlyDictionary<string, string> Settings => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// What of a training of so many steps would not go as it is meant to, a sentence each, which the check before training
    /// (<see cref="TrainingOptions.PreFlight"/>) reports with its own; by default nothing.
    /// </summary>
    /// <param name="steps">Optimiser steps that the objective will have counted when the training ends.</param>
    IEnumerable<string> Findings(long steps) => [];

    /// <summary>
    /// Called for every optimiser step, after it or, where several are read together, after the last of those
    /// (<see cref="TrainingOptions.StepsPerReading"/>). Parameters have their gradients until the next step, which may write to the same
    /// memory: clone one to keep it.
    /// </summary>
    /// <param name="model">The model, in training mode.</param>
    /// <param name="result">The step in numbers.</param>
    void StepEnded(TModel model, StepResult result)
    {
    }

    /// <summary>
    /// Called after every epoch and its validation, before its checkpoint is written: what it changes in the model is saved.
    /// </summary>
    /// <param name="model">The model, in training mode.</param>
    /// <param name="summary">The epoch in numbers.</param>
    void EpochEnded(TModel model, EpochSummary summary)
    {
    }

    /// <summary>Called after a checkpoint was written.</summary>
    /// <param name="directory">The checkpoint's folder, <c>last</c> or <c>best</c> under
    /// <see cref="TrainingOptions.CheckpointDirectory"/>.</param>
    /// <param name="summary">The epoch that it holds.</param>
    void CheckpointSaved(string directory, EpochSummary summary)
    {
    }

    /// <summary>
    /// Called once when training ends for one of the reasons of <see cref="StopReason"/>; not when it ends with an exception.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="result">What training came to.</param>
    void TrainingEnded(TModel model, TrainingResult result)
    {
    }
}
