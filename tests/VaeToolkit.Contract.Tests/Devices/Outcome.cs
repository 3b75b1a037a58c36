using System.Globalization;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>What a run came to, as text with spaces between.</summary>
internal static class Outcome
{
    private static readonly char[] s_separators = [' ', '(', ')', '[', ']', ',', ';'];

    // Printed figures have six digits and more; what depends on the defaults is off by far more than one of the last.
    private const double Tolerance = 2e-5;

    /// <summary>The same words, and the same numbers but for the last digits: those depend on where in memory an array begins.</summary>
    public static void RequireSame(string run, string plain)
    {
        plain.Should().NotContain("NaN");
        string[] words = run.Split(s_separators), expected = plain.Split(s_separators);
        words.Should().HaveSameCount(expected);
        foreach (var (word, should) in words.Zip(expected))
        {
            if (!double.TryParse(should, CultureInfo.InvariantCulture, out var number))
                word.Should().Be(should);
            else
                double.Parse(word, CultureInfo.InvariantCulture).Should().BeApproximately(number, Tolerance * Math.Abs(number));
        }
    }
}
