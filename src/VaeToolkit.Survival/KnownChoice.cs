namespace VaeToolkit.Survival;

/// <summary>Checks of choices: a number that no value of an enumeration has would be taken for one of them.</summary>
internal static class KnownChoice
{
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public static TEnum Of<TEnum>(TEnum value, string name)
        where TEnum : struct, Enum
        => Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(name, value, $"It must be one of {string.Join(", ", Enum.GetNames<TEnum>())}.");
}
