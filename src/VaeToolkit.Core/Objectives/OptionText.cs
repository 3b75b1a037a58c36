using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace VaeToolkit;

/// <summary>Options in words, the same in every culture, so that a run can be compared with the one that it goes on with.</summary>
public static class OptionText
{
    private const DynamicallyAccessedMemberTypes Read = DynamicallyAccessedMemberTypes.PublicProperties;
    private const string None = "none";
    private const string TrimmedRecords = "Where a trimmed program has no properties of a nested record, the record's own text counts.";

    /// <summary>Every public property of an options record by name, and others beside them.</summary>
    /// <typeparam name="TOptions">The record's type; trimming keeps its properties.</typeparam>
    public static IReadOnlyDictionary<string, string> ByName<[DynamicallyAccessedMembers(Read)] TOptions>(
        TOptions options, params ReadOnlySpan<(string Name, object? Value)> others)
        where TOptions : notnull
    {
        var settings = new OrderedDictionary<string, string>();
        foreach (var (name, value) in others)
            settings[name] = Of(value);
        foreach (var (name, value) in Properties(typeof(TOptions), options))
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
        _ => OfRecord(value),
    };

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = TrimmedRecords)]
    private static string OfRecord(object record)
    {
        var properties = Properties(record.GetType(), record).ToList();
        return properties.Count == 0
            ? record.ToString() ?? None
            : string.Join(", ", properties.Select(pair => $"{pair.Name} {Of(pair.Value)}"));
    }

    private static IEnumerable<(string Name, object? Value)> Properties(
        [DynamicallyAccessedMembers(Read)] Type type, object options) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length == 0)
        .Select(property => (property.Name, property.GetValue(options)));

    // What the compiler writes for a record depends on the culture.
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = TrimmedRecords)]
    private static bool SpeaksForItself(Type type) => type.GetMethod(nameof(ToString), Type.EmptyTypes) is { } own
        && own.DeclaringType != typeof(object) && own.DeclaringType != typeof(ValueType)
        && own.GetCustomAttribute<CompilerGeneratedAttribute>() is null;
}
