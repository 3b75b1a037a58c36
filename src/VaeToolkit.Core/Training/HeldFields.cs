using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// The fields of objects in which a module or a tensor may be: of most data there are none, and none of it is gone through.
/// </summary>
internal sealed class HeldFields
{
    // Of which a type is made; generic types may be of ever more.
    private const int MostTypes = 1000;

    private readonly Dictionary<Type, IReadOnlyList<FieldInfo>> _fields = [];
    private readonly Dictionary<Type, bool> _canHold = [];

    /// <summary>Those of an object's own types, and not of TorchSharp's or .NET's; none of who listens to an event.</summary>
    public IReadOnlyList<FieldInfo> Of(Type type)
    {
        if (_fields.TryGetValue(type, out var known))
            return known;
        var found = new List<FieldInfo>();
        for (var at = type; at is not null && IsOwn(at); at = at.BaseType)
            found.AddRange(Declared(at).Where(field => CanHold(field.FieldType) && !IsEvent(field)));
        return _fields[type] = found;
    }

    /// <summary>
    /// Whether a value whose type is declared as this may hold a module or a tensor. A number, a text, or a struct, a sealed class or an
    /// array of nothing but such, does not, and nothing derives from it that would.
    /// </summary>
    public bool CanHold(Type type)
    {
        if (_canHold.TryGetValue(type, out var known))
            return known;
        var reached = new HashSet<Type> { type };
        var pending = new Stack<Type>(reached);
        while (pending.TryPop(out var next))
        {
            if (reached.Count > MostTypes || _canHold.GetValueOrDefault(next) || IsOpen(next))
                return _canHold[type] = true;
            foreach (var part in Parts(next).Where(part => !_canHold.TryGetValue(part, out var can) || can))
            {
                if (reached.Add(part))
                    pending.Push(part);
            }
        }
        foreach (var closed in reached)
            _canHold[closed] = false;
        return false;
    }

    /// <summary>Whether the items of a collection may.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A collection that is looked at is one that is used.")]
    public bool ItemsCanHold(Type collection)
    {
        if (collection.IsArray)
            return CanHold(collection.GetElementType()!);
        Type[] items = [.. collection.GetInterfaces().Where(face => face.IsGenericType
            && face.GetGenericTypeDefinition() == typeof(IEnumerable<>)).Select(face => face.GetGenericArguments()[0])];
        return items.Length == 0 || items.Any(CanHold);
    }

    /// <summary>Whether a type is neither TorchSharp's nor .NET's.</summary>
    public static bool IsOwn(Type type) => type.Assembly != typeof(torch).Assembly && type.Assembly != typeof(object).Assembly
        && type.Assembly.GetName().Name is { } name && !name.StartsWith("System", StringComparison.Ordinal);

    // Whether there may be more in a value than its type declares.
    private static bool IsOpen(Type type)
    {
        // .NET's tuples are not sealed, and nobody derives from them.
        var isTuple = type.IsGenericType && type.FullName!.StartsWith("System.Tuple`", StringComparison.Ordinal);
        return !type.IsValueType && !type.IsSealed && !type.IsArray && !type.IsPointer && !type.IsFunctionPointer && !isTuple;
    }

    private static List<Type> Parts(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || type.IsPointer || type.IsFunctionPointer)
            return [];
        if (type.IsArray)
            return [type.GetElementType()!];
        var parts = new List<Type>();
        for (var at = type; at is not null; at = at.BaseType)
            parts.AddRange(Declared(at).Select(field => field.FieldType));
        return parts;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field that was trimmed away is used by nothing.")]
    private static FieldInfo[] Declared(Type type) => type.GetFields(
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "An event that was trimmed away is raised by nobody.")]
    private static bool IsEvent(FieldInfo field) => field.DeclaringType!.GetEvent(
        field.Name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is not null;
}
