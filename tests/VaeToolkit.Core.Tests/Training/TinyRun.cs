using FluentAssertions.Specialized;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>What runs of a <see cref="TinyModel"/> with checkpoints need: data and a folder.</summary>
internal sealed class TinyRun : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    public TensorData Train { get; } = TinyData.Make(50, seed: 1);

    public TensorData Valid { get; } = TinyData.Make(20, seed: 2);

    public static TrainingOptions Options => new() { Epochs = 4, BatchSize = 10, Seed = 3, LearningRate = 0.01 };

    public void Dispose()
    {
        Train.Dispose();
        Valid.Dispose();
        Folder.Dispose();
    }

    /// <summary>Options whose run is in a folder of this name.</summary>
    public TrainingOptions In(string run) => Options with { CheckpointDirectory = Folder[run] };

    public (TrainingResult Result, double[] Values) Fit(TrainingOptions options) => Fit(options, Valid);

    public (TrainingResult Result, double[] Values) Fit(TrainingOptions options, DataSource? validation)
    {
        // A resumed model starts from other weights, so that only the checkpoint can make it equal.
        using var model = TinyModel.Seeded(options.Resume ? 77 : 1);
        var result = Trainer.Fit(model, new TinyObjective(), Train, validation, options);
        return (result, model.Values());
    }

    public ExceptionAssertions<CheckpointException> Refused(TrainingOptions options)
        => FluentActions.Invoking(() => Fit(options)).Should().Throw<CheckpointException>();
}
