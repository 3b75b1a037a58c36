using System.Collections;
using System.Collections.Specialized;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Studies;

/// <summary>
/// Writes a setting's values as the compiler writes a record, with what that leaves out: items of lists, and what depends on the culture.
/// </summary>
internal sealed class SettingWriter(string setting, string argument)
{
    private const int MostNested = 20;
    private const int MostCharacters = 2000;
    private const int FirstCharacters = 200;
    private const string TrimmedRecords = "Where a trimmed program has no properties of a nested record, the record's own text counts.";

    /// <summary>Whether the text says what the setting's own leaves out.</summary>
    public bool SaysMore { get; private set; }

    /// <summary>A value in words.</summary>
    /// <param name="value">The value.</param>
    /// <param name="where">Which one it is, such as <c>Training.Rates[2]</c>; empty for the setting itself.</param>
    /// <param name="depth">In how many others it is.</param>
    /// <exception cref="ArgumentException">It cannot be told from others.</exception>
    public string Text(object? value, string where, int depth) => value switch
    {
        null => "null",
        _ when depth > MostNested => throw Unknown(value, where, $"more than {MostNested} values deep, or within itself"),
        string text => IsPlain(text) ? text : Quoted(text),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        _ when IsOfTorch(value.GetType()) => throw Unknown(value, where, "which is made in the run, from what the setting says of it"),
        Matrix<double> matrix => Text(matrix.ToRowArrays(), where, depth),
        Matrix<float> matrix => Text(matrix.ToRowArrays(), where, depth),
        Delegate function => OfFunction(function, where),
        ITuple tuple => $"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Item(tuple[i], $"{where}[{i}]", depth)))})",
        _ => OfObject(value, where, depth),
    };

    // By name, since studies know nothing of torch: tensors, modules and what is derived from them.
    private static bool IsOfTorch(Type? type)
        => type is not null && (type.Namespace?.Split('.')[0] == "TorchSharp" || IsOfTorch(type.BaseType));

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = TrimmedRecords)]
    private string OfObject(object value, string where, int depth)
    {
        var (type, own) = (value.GetType(), InInvariantCulture(value));
        if (IsRecord(type) && Members(type, value).ToList() is { Count: > 0 } members)
        {
            var texts = members.Select(member
                => $"{member.Name} = {Text(member.Value, where.Length == 0 ? member.Name : $"{where}.{member.Name}", depth + 1)}");
            return $"{NameOf(type)}{{ {string.Join(", ", texts)} }}";
        }
        if (value is IEnumerable items && (value is IFormattable || own == type.ToString()))
            return OfItems(items, where, depth);
        // What is left of .NET's own generic types says of itself how long it is, if anything.
        var isSilent = string.IsNullOrWhiteSpace(own) || own == type.ToString()
            || (type is { IsGenericType: true, Namespace: { } space } && space.Split('.')[0] == nameof(System));
        return isSilent ? throw Unknown(value, where, "whose text says nothing of its values") : own;
    }

    private string OfItems(IEnumerable items, string where, int depth)
    {
        SaysMore = true;
        // Hashed items come in another order in every process.
        var texts = items is IDictionary pairs
            ? [.. pairs.Keys.Cast<object>().Select(key => $"{Item(key, where, depth)}: {Item(pairs[key], where, depth)}")]
            : items.Cast<object?>().Select((item, i) => Item(item, FormattableString.Invariant($"{where}[{i}]"), depth)).ToList();
        if (items is IDictionary and not (IList or IOrderedDictionary) || IsSet(items.GetType()))
            texts.Sort(StringComparer.Ordinal);
        var text = string.Join(", ", texts);
        if (text.Length > MostCharacters)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            text = FormattableString.Invariant($"{text[..FirstCharacters]}… of {texts.Count} items, SHA-256 {hash}");
        }
        var lengths = items is Array { Rank: > 1 } array
            ? string.Join(" × ", Enumerable.Range(0, array.Rank).Select(array.GetLength)) + ": " : "";
        return $"[{lengths}{text}]";
    }

    private string Item(object? value, string where, int depth) => value is string text ? Quoted(text) : Text(value, where, depth + 1);

    // A function that holds nothing is known by its method, and a lambda by the compiler's name for it.
    private string OfFunction(Delegate function, string where)
    {
        SaysMore = true;
        var holder = function.Target?.GetType().Name;
        var holdsNothing = holder is null
            || (holder.StartsWith("<>c", StringComparison.Ordinal) && !holder.Contains("DisplayClass", StringComparison.Ordinal));
        return holdsNothing && function.HasSingleTarget ? $"{function.Method.DeclaringType}.{function.Method.Name}"
            : throw Unknown(function, where, "a function that holds values, which nobody can read");
    }

    private ArgumentException Unknown(object value, string where, string why) => new(
        $"the setting '{setting}' cannot be told from others, whose figures are in the same folder: {(where.Length == 0 ? "it" : where)} "
            + $"is a {value.GetType()}, {why}; make it a record of plain values, or override ToString of the setting so that it says what "
            + "the figures depend on", argument);

    // As in a record's text, where a comma may be the next member's.
    private static bool IsPlain(string text)
        => text.Length > 0 && text != "null" && text.IndexOfAny(['"', '=', ',', '{', '}', '[', ']', '\n', '\r']) < 0;

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";

    private static string NameOf(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute)) ? "" : $"{type.Name.Split('`')[0]} ";

    private static string InInvariantCulture(object value)
    {
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return value.ToString() ?? "";
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    // What has the compiler's text, and of that no part of the user's.
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = TrimmedRecords)]
    private static bool IsRecord(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>))
            return true;
        if (type.GetMethod(nameof(ToString), Type.EmptyTypes) is not { } text || type.IsPrimitive)
            return false;
        var print = type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance, [typeof(StringBuilder)]);
        return text.DeclaringType != typeof(object) && (print is null || IsGenerated(print))
            && (IsGenerated(text) || (type.IsDefined(typeof(CompilerGeneratedAttribute)) && text.DeclaringType == type));

        static bool IsGenerated(MethodInfo method) => method.IsDefined(typeof(CompilerGeneratedAttribute));
    }

    // In the compiler's order: the base's first.
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = TrimmedRecords)]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = TrimmedRecords)]
    private static IEnumerable<(string Name, object? Value)> Members(Type type, object value)
    {
        const BindingFlags own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var levels = new Stack<Type>();
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
            levels.Push(level);
        foreach (var level in levels)
        {
            foreach (var property in level.GetProperties(own))
            {
                if (property.GetIndexParameters().Length == 0 && property.GetMethod is { IsPublic: true } get
                    && get.GetBaseDefinition() == get)
                    yield return (property.Name, property.GetValue(value));
            }
            foreach (var field in level.GetFields(own))
                yield return (field.Name, field.GetValue(value));
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = TrimmedRecords)]
    private static bool IsSet(Type type) => type.GetInterfaces().Any(face => face.IsGenericType
        && (face.GetGenericTypeDefinition() == typeof(ISet<>) || face.GetGenericTypeDefinition() == typeof(IReadOnlySet<>)));
}
