using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Reports.Tests;

/// <summary>A small model trained on drawn digits for three epochs, with its folder; made once.</summary>
public sealed class TrainedRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ImageData _data;

    public TrainedRun()
    {
        _data = ImageData.SyntheticDigits(400, 200, seed: 1);
        Folder = _folder["digits"];
        Result = Train(Folder, 3, [new ReportWriter(Folder, options: new() { Data = _data.Test })]);
    }

    public string Folder { get; }

    public TrainingResult Result { get; }

    /// <summary>The test images, with labels.</summary>
    public DataSource Test => _data.Test!;

    /// <summary>A path in a folder of the fixture's own.</summary>
    public string PathOf(string name) => _folder[name];

    /// <summary>Trains a model of the same start.</summary>
    public TrainingResult Train(
        string folder, int epochs, IReadOnlyList<ITrainingCallback<Vae>> callbacks, bool report = false, int? every = null,
        CancellationToken cancellation = default)
    {
        using var seed = SeedScope.Begin(3);
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 6, hidden: [32]),
            new MlpDecoder(latentSize: 6, hidden: [32], ObservationModel.Bernoulli(1, 28, 28)),
            new StandardNormalPrior(6));
        using var validation = _data.Test!.First(100);
        return Trainer.Fit(vae, new Elbo(), _data, validation, new()
        {
            Epochs = epochs,
            BatchSize = 50,
            Seed = 4,
            CheckpointDirectory = folder,
            LearningRate = 3e-3,
            Report = report,
            ReportEvery = every,
        }, callbacks, cancellationToken: cancellation);
    }

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }
}
