namespace VaeToolkit.Training;

/// <summary>Why training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs were run.</summary>
    Completed,

    /// <summary>The loss had not improved for as many epochs as <see cref="TrainingOptions.Patience"/> allows.</summary>
    EarlyStopped,

    /// <summary>The caller's token asked to stop. The epoch that was under way is not in the history.</summary>
    Cancelled,
}
