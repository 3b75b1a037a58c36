using System.Text.RegularExpressions;

namespace VaeToolkit.Pictures;

/// <summary>
/// What label texts of a file are one label: numbers of one value, <c>1</c> and <c>1.0</c>, <c>1.1</c> and <c>1.10</c>, as levels of
/// covariates are. A text is itself where it is a known class as it stands; where two known classes are of its value; where it begins with
/// a 0 that no number needs, since <c>01</c> may be a name; and where the file has versions, such as <c>1.10.2</c>.
/// </summary>
internal sealed partial class LabelNames
{
    private readonly HashSet<string> _known;
    private readonly Dictionary<ExactNumber, string> _names = [];

    /// <param name="texts">All texts, the known classes first: a label is called what it is called first.</param>
    /// <param name="known">Classes that are known.</param>
    public LabelNames(IReadOnlyList<string> texts, IReadOnlyList<string> known)
    {
        _known = [.. known];
        if (texts.Any(VersionText.Is))
            return;
        HashSet<ExactNumber> twice = [.. known.Select(NumberOf).OfType<ExactNumber>().GroupBy(number => number)
            .Where(same => same.Count() > 1).Select(same => same.Key)];
        foreach (var text in texts)
        {
            if (NumberOf(text) is { } number && !twice.Contains(number))
                _names.TryAdd(number, text);
        }
    }

    /// <summary>The label of a text.</summary>
    public string NameOf(string text) => !_known.Contains(text) && NumberOf(text) is { } number && _names.TryGetValue(number, out var name)
        ? name : text;

    private static ExactNumber? NumberOf(string text) => Padded().IsMatch(text) ? null : ExactNumber.Of(text);

    [GeneratedRegex("^[-+]?0[0-9]")]
    private static partial Regex Padded();
}
