using System.Text;

namespace VaeToolkit;

/// <summary>Splits one record of a CSV file (RFC 4180), which spans lines where a quoted field does.</summary>
internal static class CsvLine
{
    /// <summary>The fields, trimmed and unquoted.</summary>
    /// <exception cref="FormatException">A quote is not closed.</exception>
    public static string[] Split(string line, string place)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
                field.Append(line[i++]);
            else if (c == '"')
                quoted = !quoted;
            else if (c == ',' && !quoted)
                Take();
            else
                field.Append(c);
        }
        if (quoted)
            throw new FormatException($"{place}: a quote is opened and not closed");
        Take();
        return [.. fields];

        void Take()
        {
            fields.Add(field.ToString().Trim());
            field.Clear();
        }
    }
}
