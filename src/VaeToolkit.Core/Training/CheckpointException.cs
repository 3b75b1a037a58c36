namespace VaeToolkit.Training;

/// <summary>
/// A checkpoint cannot be resumed from: it is damaged, or of a run with other settings. The message says which file and why.
/// </summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Describes what is wrong.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="problem">What is wrong, as the end of a sentence.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public CheckpointException(string path, string problem, Exception? innerException = null)
        : base($"{path}: {problem}.", innerException) => CheckpointPath = path;

    /// <summary>The file or folder.</summary>
    public string CheckpointPath { get; }
}
