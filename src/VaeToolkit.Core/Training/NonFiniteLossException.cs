namespace VaeToolkit.Training;

/// <summary>
/// A loss, one of its terms or the gradient's norm became NaN or infinite. The parameters were not stepped with it, and checkpoints
/// on disk are from before.
/// </summary>
public sealed class NonFiniteLossException : ArithmeticException
{
    /// <summary>Describes what became non-finite and when.</summary>
    /// <param name="term">The term's name, <c>loss</c> or <c>gradient_norm</c>.</param>
    /// <param name="value">Its value: NaN or an infinity.</param>
    /// <param name="step">Steps taken before the one that failed.</param>
    /// <param name="stage">Where it was seen, such as <c>training</c> or <c>validation</c>.</param>
    public NonFiniteLossException(string term, double value, long step, string stage = "training")
        : base(FormattableString.Invariant(
            $"'{term}' is {value} in {stage} at step {step}; the parameters were left as they were before the step. Usual causes are a learning rate that is too high, data outside the likelihood's support, and variances that collapse."))
    {
        Term = term;
        Value = value;
        Step = step;
    }

    /// <summary>The term's name, <c>loss</c> or <c>gradient_norm</c>.</summary>
    public string Term { get; }

    /// <summary>Its value: NaN or an infinity.</summary>
    public double Value { get; }

    /// <summary>Steps taken before the one that failed.</summary>
    public long Step { get; }
}
