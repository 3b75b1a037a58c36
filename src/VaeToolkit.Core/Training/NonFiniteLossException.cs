using System.Globalization;

namespace VaeToolkit.Training;

/// <summary>
/// A loss, one of its terms, the gradients' norm where they are clipped, or after an epoch a parameter or a buffer became NaN or infinite.
/// The parameters were not stepped with such a loss, and checkpoints on disk are from before.
/// </summary>
public sealed class NonFiniteLossException : ArithmeticException
{
    private const string Training = "training";

    /// <summary>Describes what became non-finite and when.</summary>
    /// <param name="term">The term's name, <c>loss</c> or <c>gradient_norm</c>.</param>
    /// <param name="value">Its value: NaN or an infinity.</param>
    /// <param name="step">Steps taken before the one that failed.</param>
    /// <param name="stage">Where it was seen, such as <c>training</c> or <c>validation</c>.</param>
    public NonFiniteLossException(string term, double value, long step, string stage = Training)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"'{term}' is {value} in {stage} at step {step}; {Parameters(stage)}. Usual "
            + $"causes are a learning rate that is too high, data outside the likelihood's support, and variances that collapse."))
    {
        Term = term;
        Value = value;
        Step = step;
    }

    private NonFiniteLossException(string message, string term, long step)
        : base(message) => (Term, Value, Step) = (term, double.NaN, step);

    /// <summary>A parameter is not finite after an epoch: the loss was, but not all of its gradients were.</summary>
    internal static NonFiniteLossException OfParameter(string name, long step) => new(
        $"the parameter '{name}' is not finite after step {step}, though every loss was: a gradient was not. Nothing was saved "
        + "since. Set GradientClip, and such a gradient is refused before its step.", name, step);

    /// <summary>A buffer is not finite after an epoch, though the parameters are: a batch's statistics were not.</summary>
    internal static NonFiniteLossException OfBuffer(string name, long step, string cause) => new(
        $"the buffer '{name}' is not finite after step {step}, though every loss and parameter was. {cause} Nothing was saved since.",
        name, step);

    /// <summary>The name of the term, parameter or buffer, <c>loss</c> or <c>gradient_norm</c>.</summary>
    public string Term { get; }

    /// <summary>Its value: NaN or an infinity.</summary>
    public double Value { get; }

    /// <summary>Steps taken before the one that failed.</summary>
    public long Step { get; }

    // Only a training step has a before; a validation pass looks at what the steps before it have made.
    private static string Parameters(string stage) => stage.StartsWith(Training, StringComparison.Ordinal)
        ? "the parameters were left as they were before the step"
        : "the parameters are those that the steps so far have made, and checkpoints are from before this epoch";
}
