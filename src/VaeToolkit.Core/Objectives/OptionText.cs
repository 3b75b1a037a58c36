using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit;

/// <summary>Options in words, the same in every culture, so that a run can be compared with the one that it goes on with.</summary>
public static class OptionText
{
    private const DynamicallyAccessedMemberTypes Read = DynamicallyAccessedMemberTypes.PublicProperties;
    private const string None = "none";
    private static readonly SearchValues<char> s_marks = SearchValues.Create("[](),\"");
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

    /// <summary>
    /// Every public property of an options record by name and value, in one line: a text for a record that has lists, of which the
    /// compiler's own says the type.
    /// </summary>
    /// <typeparam name="TOptions">The record's type; trimming keeps its properties.</typeparam>
    public static string InWords<[DynamicallyAccessedMembers(Read)] TOptions>(TOptions options)
        where TOptions : notnull
        => string.Join(", ", ByName(options).Select(option => $"{option.Key} {option.Value}"));

    /// <summary>One value: of a list its items, of several axes with their lengths, of a pair both, of a record its properties.</summary>
    public static string Of(object? value) => value switch
    {
        null => None,
        string text => text,
        Matrix<double> matrix => Of(matrix.ToArray()),
        Vector<double> vector => Of(vector.ToArray()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        Delegate method => OfFunction(method),
        Array { Rank: > 1 } array => $"[{Lengths(array)}: {string.Join(", ", array.Cast<object?>().Select(Item))}]",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Item))}]",
        ITuple tuple => $"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Item(tuple[i])))})",
        _ when IsPair(value.GetType()) => OfRecord(value),
        _ when SpeaksForItself(value.GetType()) => value.ToString() ?? None,
        _ => OfRecord(value),
    };

    // Where a comma of its own would look like the next item's.
    private static string Item(object? value)
        => value is string text && text.AsSpan().ContainsAny(s_marks) ? $"\"{text.Replace("\"", "\\\"")}\"" : Of(value);

    private static string Lengths(Array array) => string.Join(" × ", Enumerable.Range(0, array.Rank).Select(array.GetLength));

    private static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);

    // A delegate is known by its method, and a lambda by the compiler's name for it; what it belongs to, by its text, if it has one.
    private static string OfFunction(Delegate function)
    {
        var name = $"{function.Method.DeclaringType}.{function.Method.Name}";
        return function.Target is { } owner && SpeaksForItself(owner.GetType()) ? $"{name} of {owner}" : name;
    }

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
