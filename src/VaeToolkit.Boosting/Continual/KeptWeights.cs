using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>Which weights of a task's training are kept.</summary>
internal abstract class KeptWeights : ITrainingCallback<Vae>, IDisposable
{
    /// <summary>The mean over epochs where that is asked for, else the best epoch's.</summary>
    internal static KeptWeights Of(ContinualOptions options)
        => options.AveragedEpochs > 0 ? new AveragedModel(options.Epochs - options.AveragedEpochs) : new BestModel();

    public abstract void EpochEnded(Vae model, EpochSummary summary);

    /// <summary>Puts them into the model.</summary>
    internal abstract void Restore(Vae model);

    public abstract void Dispose();
}
