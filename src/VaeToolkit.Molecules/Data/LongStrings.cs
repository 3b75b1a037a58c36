namespace VaeToolkit.Molecules;

/// <summary>What becomes of strings that are longer than a model takes.</summary>
public enum LongStrings
{
    /// <summary>They are refused; the message names the first.</summary>
    Refuse,

    /// <summary>They are left out.</summary>
    Drop,
}
