namespace VaeToolkit.Evaluation;

/// <summary>Checks of options, named as the caller wrote them.</summary>
public static class OptionRange
{
    /// <summary>Requires an option to keep to its rule.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="name">The option, as the caller wrote it.</param>
    /// <param name="value">Its value.</param>
    /// <param name="rule">What would be right: "must be at least 1".</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    public static void Require(bool holds, string name, object value, string rule)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, rule);
    }

    /// <summary>Requires an option to be one of its enumeration's values; a number that is none would be taken for one of them.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="name">The option, as the caller wrote it.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is not; the message lists the values.</exception>
    public static TEnum RequireKnown<TEnum>(TEnum value, string name)
        where TEnum : struct, Enum
    {
        Require(Enum.IsDefined(value), name, value, $"{name} must be one of {string.Join(", ", Enum.GetNames<TEnum>())}");
        return value;
    }
}
