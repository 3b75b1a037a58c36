using System.Globalization;

namespace VaeToolkit.Samples;

/// <summary>
/// A sample's command line: <c>--name value</c> pairs and <c>--flag</c>s. Unknown names and unreadable values end the program with one
/// sentence and the list of what there is.
/// </summary>
internal sealed class SampleArguments
{
    private readonly Dictionary<string, string> _values = [];
    private readonly IReadOnlyDictionary<string, string> _known;

    /// <param name="arguments">The command line.</param>
    /// <param name="known">Every option with its one-line description; a name that ends in '!' is a flag.</param>
    public SampleArguments(string[] arguments, IReadOnlyDictionary<string, string> known)
    {
        _known = known;
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name is "--help" or "-h")
                Stop(null);
            if (known.ContainsKey(name + "!"))
                _values[name] = "true";
            else if (!known.ContainsKey(name))
                Stop($"unknown option '{name}'");
            else if (i + 1 == arguments.Length)
                Stop($"option '{name}' needs a value");
            else
                _values[name] = arguments[++i];
        }
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name, string fallback) => _values.GetValueOrDefault(name, fallback);

    public int Number(string name, int fallback, int least = 1)
    {
        if (!_values.TryGetValue(name, out var text))
            return fallback;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < least)
            Stop($"option '{name}' is '{text}'; it must be a whole number of at least {least}");
        return number;
    }

    /// <summary>The settings as they were used, for the end of the output.</summary>
    public static void PrintSettings(params IEnumerable<(string Name, object Value)> settings)
        => Console.WriteLine(
            "settings: " + string.Join(", ", settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} {s.Value}"))));

    private void Stop(string? problem)
    {
        var output = problem is null ? Console.Out : Console.Error;
        if (problem is not null)
            output.WriteLine(problem);
        output.WriteLine("options:");
        foreach (var (name, description) in _known)
            output.WriteLine($"  {name.TrimEnd('!'),-10} {description}");
        Environment.Exit(problem is null ? 0 : 2);
    }
}
