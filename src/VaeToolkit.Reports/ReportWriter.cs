using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>
/// Writes a run's page when training ends, and while it goes on if asked to, so that it can be watched by reloading. It reads the run's
/// folder and leaves the model and the random numbers of training as they are.
/// </summary>
public sealed class ReportWriter : ITrainingCallback<torch.nn.Module>
{
    private readonly string _folder;
    private readonly int? _every;
    private readonly ReportOptions? _options;
    private int _written;

    /// <summary>Makes the callback.</summary>
    /// <param name="runFolder">The run's folder: <see cref="TrainingOptions.CheckpointDirectory"/>.</param>
    /// <param name="every">After how many epochs it is written too, at least 1; null for the end alone.</param>
    /// <param name="options">As of <see cref="Report.Write"/>.</param>
    /// <exception cref="ArgumentException">The folder's name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="every"/> is below 1, or an option is out of its range.</exception>
    public ReportWriter(string runFolder, int? every = null, ReportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(runFolder);
        if (every < 1)
            throw new ArgumentOutOfRangeException(nameof(every), every, "every must be at least 1, or null for the end alone");
        options?.Validated();
        (_folder, _every, _options) = (runFolder, every, options);
    }

    /// <summary>Where the page is.</summary>
    public string ReportFile => Path.Combine(_folder, Report.FileName);

    /// <inheritdoc/>
    public void CheckpointSaved(string directory, EpochSummary summary)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(summary);
        // The last of an epoch's checkpoints: everything else of the epoch is in the folder by then.
        if (Path.GetFileName(directory) == "last" && summary.Epoch % _every == 0)
            Write(summary.Epoch);
    }

    /// <inheritdoc/>
    public void TrainingEnded(torch.nn.Module model, TrainingResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.History.Count > _written)
            Write(result.History.Count);
    }

    private void Write(int epoch)
    {
        Report.Write(_folder, _options);
        _written = epoch;
    }
}
