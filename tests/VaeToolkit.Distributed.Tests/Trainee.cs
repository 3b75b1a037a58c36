using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>A model with all that it is trained with.</summary>
internal abstract class Trainee : IDisposable
{
    public abstract torch.nn.Module Model { get; }

    public abstract Outcome Train(TrainingOptions options, CancellationToken cancellation);

    public abstract void Dispose();
}

/// <summary>A model of a type with all that it is trained with.</summary>
internal sealed class Trainee<TModel>(
    TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, IReadOnlyList<ITrainingCallback<TModel>> callbacks)
    : Trainee
    where TModel : torch.nn.Module
{
    public override torch.nn.Module Model => model;

    public override Outcome Train(TrainingOptions options, CancellationToken cancellation) => Train(options, [], null, cancellation);

    public Outcome Train(
        TrainingOptions options, IReadOnlyList<ITrainingCallback<TModel>> others, IProgress<TrainingProgress>? progress,
        CancellationToken cancellation = default)
    {
        var result = Trainer.Fit(model, objective, train, validation, options, [.. callbacks, .. others], progress, cancellation);
        return new(
            [.. result.History.SelectMany(epoch => new[] { epoch.TrainLoss, epoch.Steps, epoch.LearningRate }.Concat(epoch.Terms.Values)),
                result.Best.Epoch, result.History.Count],
            [.. result.History.SelectMany(epoch => new[] { epoch.ValidationLoss ?? 0 }.Concat(epoch.ValidationTerms?.Values ?? []))],
            [.. model.parameters().SelectMany(weight => weight.Values()), .. model.buffers().SelectMany(buffer => buffer.Values()),
                .. objective.SaveState().Values]);
    }

    public override void Dispose()
    {
        foreach (var callback in callbacks.OfType<IDisposable>())
            callback.Dispose();
        model.Dispose();
        train.Dispose();
        validation?.Dispose();
    }
}
