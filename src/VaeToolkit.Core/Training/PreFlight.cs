using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Objectives;

namespace VaeToolkit.Training;

/// <summary>
/// Looks for what would spoil a run before it starts: takes one batch forward and backward, checks data and folder, and reports all
/// findings at once. <see cref="Trainer.Fit"/> does it unless told not to.
/// </summary>
public static class PreFlight
{
    /// <summary>
    /// Checks a run. Weights, buffers, the objective's numbers and the CPU random generator are left as they were; gradients are dropped.
    /// </summary>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <param name="model">The model, on its device.</param>
    /// <param name="objective">What would be minimised.</param>
    /// <param name="train">The training data.</param>
    /// <param name="validation">The validation data, or null.</param>
    /// <param name="options">How training would go.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="PreFlightException">Something is wrong; the message lists all of it.</exception>
    public static void Check<TModel>(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var findings = DataCheck.Findings(train, validation, options).Concat(FolderCheck.Findings(options.CheckpointDirectory)).ToList();
        if (train.Count > 0)
            findings.AddRange(new TrialBatch<TModel>(model, objective).Findings(train, validation, options));
        if (findings.Count > 0)
            throw new PreFlightException(findings);
    }
}
