namespace VaeToolkit.Storage;

/// <summary>Saved weights do not fit the model: the message lists every missing, unexpected and wrongly shaped key.</summary>
public sealed class WeightsMismatchException : InvalidOperationException
{
    /// <summary>Makes the exception.</summary>
    public WeightsMismatchException()
    {
    }

    /// <summary>Makes the exception with a message.</summary>
    /// <param name="message">What does not fit.</param>
    public WeightsMismatchException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with a message and its cause.</summary>
    /// <param name="message">What does not fit.</param>
    /// <param name="innerException">The cause.</param>
    public WeightsMismatchException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
