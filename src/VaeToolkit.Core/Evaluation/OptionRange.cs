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
}
