using System.Globalization;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Training stopped because volumes hold NaN or infinite values: before its first step, or, where they do so only later, at a step in which
/// they made a term of the loss so too, where steps are read one by one. No parameter was changed by that step.
/// </summary>
public sealed class NonFiniteVolumeException : ArithmeticException
{
    /// <summary>Says which volumes, before any step.</summary>
    /// <param name="volumes">The volumes' names.</param>
    public NonFiniteVolumeException(IReadOnlyList<string> volumes)
        : base($"'{string.Join("', '", volumes)}' holds NaN or infinite values; mask or replace them first")
        => (Volumes, Term) = (volumes, "");

    /// <summary>Says which volumes and which term.</summary>
    /// <param name="volumes">The volumes' names.</param>
    /// <param name="term">The first term that was not finite.</param>
    /// <param name="step">Steps taken before.</param>
    /// <param name="innerException">What the training loop threw.</param>
    public NonFiniteVolumeException(IReadOnlyList<string> volumes, string term, long step, Exception innerException)
        : base(string.Create(CultureInfo.InvariantCulture, $"'{string.Join("', '", volumes)}' holds NaN or infinite values, so "
            + $"'{term}' is not finite at step {step}; mask or replace them first"), innerException)
        => (Volumes, Term, Step) = (volumes, term, step);

    /// <summary>The volumes' names.</summary>
    public IReadOnlyList<string> Volumes { get; }

    /// <summary>The first term that was not finite; empty before the first step.</summary>
    public string Term { get; }

    /// <summary>Steps taken before.</summary>
    public long Step { get; }
}
