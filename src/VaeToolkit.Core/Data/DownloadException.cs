namespace VaeToolkit;

/// <summary>
/// A data set that could not be fetched from any of its mirrors, or that arrived damaged. The message says what each mirror gave.
/// </summary>
public sealed class DownloadException : IOException
{
    /// <summary>Describes what went wrong.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public DownloadException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
