namespace VaeToolkit.Evaluation;

/// <summary>Checks of options, named as the caller wrote them.</summary>
internal static class OptionRange
{
    internal static void Require(bool holds, string name, object value, string rule)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, rule);
    }
}
