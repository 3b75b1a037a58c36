using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace VaeToolkit;

/// <summary>Options in words, the same in every culture, so that a run can be compared with the one that it goes on with.</summary>
public static class OptionText
{
    private const string None = "none";

    /// <summary>Every public property of an options record by name, and others beside them.</summary>
    public static IReadOnlyDictionary<string, string> ByName(object options, params ReadOnlySpan<(string Name, object? Value)> others)
    {
        var settings = new OrderedDictionary<string, string>();
        foreach (var (name, value) in others)
            settings[name] = Of(value);
        foreach (var (name, value) in Properties(options))
            settings[name] = Of(value);
        return settings;
    }

    /// <summary>One value.</summary>
    public static string Of(object? value) => value switch
    {
        null => None,
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        // A delegate is known by its method, and a lambda by the compiler's name for it.
        Delegate method => $"{method.Method.DeclaringType}.{method.Method.Name}",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Of))}]",
        _ when SpeaksForItself(value.GetType()) => value.ToString() ?? None,
        _ => string.Join(", ", Properties(value).Select(pair => $"{pair.Name} {Of(pair.Value)}")),
    };

    private static IEnumerable<(string Name, object? Value)> Properties(object options) => options.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length == 0)
        .Select(property => (property.Name, property.GetValue(options)));

    // What the compiler writes for a record depends on the culture.
    private static bool SpeaksForItself(Type type) => type.GetMethod(nameof(ToString), Type.EmptyTypes) is { } own
        && own.DeclaringType != typeof(object) && own.DeclaringType != typeof(ValueType)
        && own.GetCustomAttribute<CompilerGeneratedAttribute>() is null;
}
