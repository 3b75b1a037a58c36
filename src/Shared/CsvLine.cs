using System.Text;

namespace VaeToolkit;

/// <summary>
/// Splits one record of a CSV file (RFC 4180), which spans lines where a quoted field does. A quote opens only what it is the first
/// character of: one within a field, as in 5" tube, says nothing about what follows.
/// </summary>
internal static class CsvLine
{
    /// <summary>Where in a field a reader is.</summary>
    internal enum Place
    {
        /// <summary>Before its first character that is no space.</summary>
        Start,

        /// <summary>In one without quotes.</summary>
        Plain,

        /// <summary>Between quotes.</summary>
        Quoted,

        /// <summary>At a quote between quotes: the closing one, or the first of two that stand for one.</summary>
        AtQuote,

        /// <summary>After the closing quote.</summary>
        Closed,

        /// <summary>At a quote, or at text after a closing one, where there must be none.</summary>
        Stray,
    }

    /// <summary>The fields, trimmed and unquoted.</summary>
    /// <exception cref="FormatException">A quote is not closed, or stands where none may.</exception>
    public static string[] Split(string line, string place)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var at = Place.Start;
        foreach (var c in line)
        {
            var before = at;
            at = Next(at, c);
            if (at == Place.Stray)
                throw new FormatException($"{place}: a quote stands within a field; quote the whole field, and double the quotes in it");
            if (at == Place.Start && c == ',')
                Take();
            else if (at == Place.Plain || (at == Place.Quoted && before is Place.Quoted or Place.AtQuote))
                field.Append(c);
        }
        if (at == Place.Quoted)
            throw new FormatException($"{place}: a quote is opened and not closed");
        Take();
        return [.. fields];

        void Take()
        {
            fields.Add(field.ToString().Trim());
            field.Clear();
        }
    }

    /// <summary>Where a character leads to; of a stray quote, back into a plain field.</summary>
    internal static Place Next(Place at, char c) => at switch
    {
        Place.Quoted => c == '"' ? Place.AtQuote : Place.Quoted,
        Place.AtQuote when c == '"' => Place.Quoted,
        _ when c == ',' => Place.Start,
        Place.Start => c == '"' ? Place.Quoted : char.IsWhiteSpace(c) ? Place.Start : Place.Plain,
        Place.AtQuote or Place.Closed => char.IsWhiteSpace(c) ? Place.Closed : Place.Stray,
        _ => c == '"' ? Place.Stray : Place.Plain,
    };
}
