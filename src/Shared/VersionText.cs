using System.Text.RegularExpressions;

namespace VaeToolkit;

/// <summary>
/// Texts that are versions and no numbers, such as <c>1.10.2</c> and <c>v2.0.1</c>: beside one of them <c>1.1</c> and <c>1.10</c> are two.
/// </summary>
internal static partial class VersionText
{
    /// <summary>Whether a text is one that no number could be taken for.</summary>
    public static bool Is(string text) => Version().IsMatch(text);

    [GeneratedRegex("^v?[0-9]+(\\.[0-9]+){2,}$", RegexOptions.IgnoreCase)]
    private static partial Regex Version();
}
