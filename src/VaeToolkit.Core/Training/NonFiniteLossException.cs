using System.Globalization;

namespace VaeToolkit.Training;

/// <summary>
/// A loss, one of its terms, the gradients' norm where they are clipped, or after an epoch a parameter or a buffer became NaN or infinite.
/// Checkpoints on disk are from before, and the parameters were not stepped with such a loss, unless losses are read after several steps
/// (<see cref="TrainingOptions.StepsPerReading"/>, <see cref="UnreadSteps"/>).
/// </summary>
public sealed class NonFiniteLossException : ArithmeticException
{
    /// <summary>The term's name where the gradients' norm is not finite.</summary>
    internal const string GradientNorm = "gradient_norm";

    private const string Training = "training";

    // Only a training step has a before; a validation pass looks at what the steps before it have made.
    private const string BeforeStep = "the parameters were left as they were before the step";
    private const string AfterStep =
        "the parameters are those that the steps so far have made, and what was saved is from before";

    /// <summary>Describes what became non-finite and when.</summary>
    /// <param name="term">The term's name, <c>loss</c> or <c>gradient_norm</c>.</param>
    /// <param name="value">Its value: NaN or an infinity.</param>
    /// <param name="step">Steps taken before the one that failed.</param>
    /// <param name="stage">Where it was seen, such as <c>training</c> or <c>validation</c>.</param>
    public NonFiniteLossException(string term, double value, long step, string stage = Training)
        : this(
            Text(term, value, step, stage, stage.StartsWith(Training, StringComparison.Ordinal) ? BeforeStep : AfterStep),
            term, value, step)
    {
    }

    private NonFiniteLossException(string message, string term, double value, long step)
        : base(message) => (Term, Value, Step) = (term, value, step);

    /// <summary>A number that was read only after further steps had been taken.</summary>
    internal static NonFiniteLossException FoundLater(string term, double value, long step, string stage)
        => new(Text(term, value, step, stage, AfterStep), term, value, step);

    /// <summary>A parameter is not finite after an epoch: the loss was, but not all of its gradients were.</summary>
    internal static NonFiniteLossException OfParameter(string name, long step) => new(
        $"the parameter '{name}' is not finite after step {step}, though every loss was: a gradient was not. Nothing was saved "
        + "since. Set GradientClip, and such a gradient is refused before its step.", name, double.NaN, step);

    /// <summary>A buffer is not finite after an epoch, though the parameters are: a batch's statistics were not.</summary>
    internal static NonFiniteLossException OfBuffer(string name, long step, string cause) => new(
        $"the buffer '{name}' is not finite after step {step}, though every loss and parameter was. {cause} Nothing was saved since.",
        name, double.NaN, step);

    /// <summary>A buffer is not finite after a step with one item, which was undone.</summary>
    internal static NonFiniteLossException OfLoneItem(string name, long step) => new(
        $"the buffer '{name}' becomes NaN or infinite in step {step}: the batch has one item, which has no variance. Take batches of two "
        + "items or more; no parameter was changed, and no buffer.", name, double.NaN, step);

    /// <summary>The name of the term, parameter or buffer, <c>loss</c> or <c>gradient_norm</c>.</summary>
    public string Term { get; }

    /// <summary>Its value: NaN or an infinity.</summary>
    public double Value { get; }

    /// <summary>Steps taken before the one that failed.</summary>
    public long Step { get; }

    private static string Text(string term, double value, long step, string stage, string parameters) => string.Create(
        CultureInfo.InvariantCulture,
        $"'{term}' is {value} in {stage} at step {step}; {parameters}. Usual "
        + $"causes are a learning rate that is too high, data outside the likelihood's support, and variances that collapse.");
}
