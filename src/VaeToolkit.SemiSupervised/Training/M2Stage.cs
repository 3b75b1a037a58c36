using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>One of the stages of <see cref="M2Training"/>.</summary>
/// <param name="Objective">What it minimises.</param>
/// <param name="Data">What it learns from.</param>
/// <param name="Options">How it is trained.</param>
/// <param name="Held">The parts of a model that do not move.</param>
internal sealed record M2Stage(
    M2Objective Objective, DataSource Data, TrainingOptions Options, Func<M2Model, IReadOnlyList<torch.nn.Module>> Held)
{
    internal static M2Stage Classifier(SemiSupervisedData data, M2TrainingOptions options) => new(
        new(data.LabelledCount, 0, new() { Alpha = AlphaWeight.OnBound(0) }), data.Labelled!,
        options.Classifier with { BatchSize = (int)Math.Min(options.Classifier.BatchSize, data.LabelledCount) },
        model => [model.Generative, model.LabelPrior]);

    internal static M2Stage Generative(SemiSupervisedData data, M2TrainingOptions options) => new(
        new(data.LabelledCount, data.UnlabelledCount,
            options.Objective with { DrawnClass = options.Objective.DrawnClass ?? new(), UnlabelledWarmUp = null })
        {
            HoldsClassifier = true,
        },
        data, options.Generative, model => [model.Classifier]);

    internal static M2Stage Joint(SemiSupervisedData data, M2TrainingOptions options)
        => new(new(data.LabelledCount, data.UnlabelledCount, options.Objective), data, options.Joint, _ => []);

    /// <summary>Looks for what would spoil it; what would give wrong figures without a word also where the pre-flight is off.</summary>
    /// <exception cref="PreFlightException">Something is wrong.</exception>
    internal void Check(M2Model model) => Holding(model, () =>
    {
        // Where one rank does, all do, which finds that they differ: alone it would wait for the others.
        if (RankedRun.Stops(Options.Exchange, Options.PreFlight))
            PreFlight.Check(model, Objective, Data, null, Options);
        else
            RankedRun.Agree(Options.Exchange, () => RequireSound(model));
        return true;
    });

    internal TrainingResult Train(
        M2Model model, IReadOnlyList<ITrainingCallback<M2Model>> callbacks, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken) => Holding(model, () =>
    {
        RankedRun.Agree(Options.Exchange, () =>
        {
            if (!Options.PreFlight)
                RequireSound(model);
        });
        return Trainer.Fit(model, Objective, Data, null, Options, callbacks, progress, cancellationToken);
    });

    private void RequireSound(M2Model model) => PreFlight.Require(
    [
        .. PreFlight.DataFindings(model, Objective, Options.Seed, (Data, "training")),
        .. PreFlight.WarmUpFindings(Objective, Options.Epochs, Data, Options),
    ]);

    private T Holding<T>(M2Model model, Func<T> use)
    {
        var frozen = Held(model).Select(part => new FrozenParameters(part)).ToList();
        try
        {
            return use();
        }
        finally
        {
            frozen.ForEach(part => part.Dispose());
        }
    }
}
