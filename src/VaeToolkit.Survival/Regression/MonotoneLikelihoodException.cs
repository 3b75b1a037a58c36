namespace VaeToolkit.Survival;

/// <summary>
/// A likelihood that keeps growing as a coefficient goes to infinity, so that there is no estimate: some value of the covariate, or of a
/// combination, never occurs with an event, or always has it first. A ridge penalty gives a finite estimate;
/// so does leaving the covariate out.
/// </summary>
public sealed class MonotoneLikelihoodException : ArithmeticException
{
    /// <summary>No column in particular.</summary>
    public MonotoneLikelihoodException()
        : this("Monotone likelihood.")
    {
    }

    /// <summary>With a message.</summary>
    /// <param name="message">What happened.</param>
    public MonotoneLikelihoodException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public MonotoneLikelihoodException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal MonotoneLikelihoodException(string column, double coefficient)
        : this($"Monotone likelihood: it keeps growing with the parameter of '{column}' ("
            + FormattableString.Invariant($"{coefficient:g4} so far, on columns with standard deviation 1). Leave it out, or penalise it."))
        => Column = column;

    /// <summary>The covariate (or "shape") whose parameter goes to infinity, or one of several.</summary>
    public string? Column { get; }
}
