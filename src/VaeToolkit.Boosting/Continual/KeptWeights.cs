using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>Which weights of a task's training are kept.</summary>
internal abstract class KeptWeights : ITrainingCallback<Vae>, IDisposable
{
    /// <summary>The mean over epochs where that is asked for, else the best epoch's.</summary>
    internal static KeptWeights Of(ContinualOptions options)
        => options.AveragedEpochs > 0 ? new AveragedModel(options.Epochs - options.AveragedEpochs) : new BestModel();

    /// <summary>A mean that would have epochs of the warm-up in it, whose weights are those of another objective; or null.</summary>
    internal static string? Finding(ContinualOptions options)
    {
        // The last epoch of the warm-up has the whole weight.
        var fit = options.Epochs - options.WarmUpEpochs + 1;
        return options.AveragedEpochs == 0 || fit < 1 || options.AveragedEpochs <= fit ? null
            : FormattableString.Invariant($"AveragedEpochs is {options.AveragedEpochs}, but of {options.Epochs} epochs the warm-up takes ")
                + FormattableString.Invariant($"{options.WarmUpEpochs}, and the divergence has its whole weight in the last {fit} only: ")
                + FormattableString.Invariant($"set AveragedEpochs to at most {fit}, shorten the warm-up, or train longer.");
    }

    public abstract void EpochEnded(Vae model, EpochSummary summary);

    /// <summary>Puts them into the model.</summary>
    internal abstract void Restore(Vae model);

    public abstract void Dispose();
}
