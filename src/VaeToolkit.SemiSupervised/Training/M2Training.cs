using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// Trains M2 models from scratch in three stages: the classifier on labels alone, then the autoencoder under what the classifier says, then
/// both. An autoencoder that is not trained says the same about all classes, and then the entropy in U(x) makes q(y|x) forget what labels
/// have taught it; from then on p(x|y,z) has no reason to listen to y. The last stage is plain training with <see cref="M2Objective"/>, so
/// the optimum is that of the objective alone.
/// </summary>
public static class M2Training
{
    /// <summary>All three stages.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Items of which some are labelled.</param>
    /// <param name="options">How to train; null for the defaults.</param>
    /// <param name="progress">Told where the run of a stage stands.</param>
    /// <param name="cancellationToken">Stops before the next step; what was finished is kept, and later stages are left out.</param>
    /// <returns>What each stage came to, in order.</returns>
    /// <exception cref="ArgumentException">No item is labelled, or options are out of range.</exception>
    /// <exception cref="PreFlightException">An item is outside of the likelihood's support, or a stage would go wrong; all stages are
    /// looked at before the first one begins.</exception>
    public static IReadOnlyList<TrainingResult> Fit(
        M2Model model, SemiSupervisedData data, M2TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        M2Stage[] stages = [Classifier(model, data, options), Generative(model, data, options), Joint(model, data, options)];
        // Now, and not when the classifier has been trained for all its epochs.
        foreach (var stage in stages)
            stage.Check(model);
        var results = new List<TrainingResult> { FitClassifier(model, data, options, progress, cancellationToken) };
        if (results[^1].Reason != StopReason.Cancelled)
            results.Add(FitGenerative(model, data, options, progress, cancellationToken));
        if (results[^1].Reason != StopReason.Cancelled)
            results.Add(FitJoint(model, data, options, progress: progress, cancellationToken: cancellationToken));
        return results;
    }

    /// <summary>Stage 1: q(y|x) on labelled items alone, by cross entropy; the autoencoder does not move.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Items of which some are labelled.</param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told where the run stands.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    /// <exception cref="ArgumentException">No item is labelled, or options are out of range.</exception>
    public static TrainingResult FitClassifier(
        M2Model model, SemiSupervisedData data, M2TrainingOptions options,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        => Classifier(model, data, options).Train(model, [], progress, cancellationToken);

    /// <summary>
    /// Stage 2: the bound J, of all items, in p(x|y,z) and q(z|x,y); q(y|x) does not move and is read in evaluation mode, so dropout takes
    /// no part of it and batch statistics stay. The class of an unlabelled item is drawn from it, one a step: without a
    /// gradient to go through it the estimate has no bias, and it costs a Y-th of the sum.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Items of which some are labelled.</param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told where the run stands.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    /// <exception cref="ArgumentException">No item is labelled, or options are out of range.</exception>
    public static TrainingResult FitGenerative(
        M2Model model, SemiSupervisedData data, M2TrainingOptions options,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        => Generative(model, data, options).Train(model, [], progress, cancellationToken);

    /// <summary>Stage 3: everything, by the objective that the options name.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Items of which some are labelled.</param>
    /// <param name="options">How to train.</param>
    /// <param name="callbacks">Called while training.</param>
    /// <param name="progress">Told where the run stands.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    /// <exception cref="ArgumentException">No item is labelled, or options are out of range.</exception>
    public static TrainingResult FitJoint(
        M2Model model, SemiSupervisedData data, M2TrainingOptions options, IReadOnlyList<ITrainingCallback<M2Model>>? callbacks = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        => Joint(model, data, options).Train(model, callbacks ?? [], progress, cancellationToken);

    private static M2Stage Classifier(M2Model model, SemiSupervisedData data, M2TrainingOptions options)
        => Stage(model, data, options, all => all.Classifier, M2Stage.Classifier);

    private static M2Stage Generative(M2Model model, SemiSupervisedData data, M2TrainingOptions options)
        => Stage(model, data, options, all => all.Generative, M2Stage.Generative);

    private static M2Stage Joint(M2Model model, SemiSupervisedData data, M2TrainingOptions options)
        => Stage(model, data, options, all => all.Joint, M2Stage.Joint);

    private static M2Stage Stage(
        M2Model model, SemiSupervisedData data, M2TrainingOptions options, Func<M2TrainingOptions, TrainingOptions> own,
        Func<SemiSupervisedData, M2TrainingOptions, M2Stage> make)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        M2Stage? stage = null;
        RankedRun.Agree(own(options).Exchange, () =>
        {
            if (data.LabelledCount == 0)
                throw new ArgumentException(
                    "no item is labelled, so there is nothing for the classifier to start from; train with M2Objective alone",
                    nameof(data));
            stage = make(data, options);
        });
        return stage!;
    }
}
