namespace VaeToolkit.Survival.Regression;

/// <summary>
/// A likelihood that keeps growing as a coefficient goes to infinity, so that there is no estimate: some value of the covariate, or of a
/// combination, never occurs with an event, or always has it first. A ridge penalty gives a finite estimate; leaving the covariate out does too.
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
        : this(FormattableString.Invariant(
            $"Monotone likelihood: it keeps growing with the coefficient of '{column}' ({coefficient:g4} standard deviations so far). Leave it out, or set a ridge penalty."))
        => Column = column;

    /// <summary>The covariate whose coefficient goes to infinity, or one of several.</summary>
    public string? Column { get; }
}
