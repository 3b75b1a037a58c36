using System.Globalization;

namespace VaeToolkit.Tests;

/// <summary>A culture whose numbers have a decimal comma, until it is disposed: invariant globalisation has none of its own.</summary>
internal sealed class CommaCulture : IDisposable
{
    private readonly CultureInfo _before = CultureInfo.CurrentCulture;

    private CommaCulture(CultureInfo culture) => CultureInfo.CurrentCulture = culture;

    public static CommaCulture Begin()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        return new(culture);
    }

    public void Dispose() => CultureInfo.CurrentCulture = _before;
}
