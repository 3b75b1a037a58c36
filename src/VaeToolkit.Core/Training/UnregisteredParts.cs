using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Training;

/// <summary>
/// Modules and parameters that a model's parts hold in their fields and properties, but have not registered: torch finds neither, so they
/// are not trained, moved or saved, and stay in the mode in which they were made.
/// </summary>
public sealed class UnregisteredParts
{
    // Of objects that are no modules themselves, such as a record of layers.
    private const int DeepestObject = 3;

    // How deep each was met: what stands deepest is not looked into, and may be once it is met higher up.
    private readonly Dictionary<object, int> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<IntPtr> _registered = [];
    private readonly HeldFields _held = new();
    private readonly HashSet<Delegate> _functions = [];
    private readonly List<string> _findings = [];
    private readonly torch.nn.Module _model;

    private UnregisteredParts(torch.nn.Module model)
    {
        _model = model;
        LookThrough(model, "", depth: 0);
    }

    /// <summary>One sentence for each.</summary>
    public static IReadOnlyList<string> Findings(torch.nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new UnregisteredParts(model)._findings;
    }

    // What a module has registered goes where it goes; what it has not, it will not bring along either.
    private void LookThrough(torch.nn.Module module, string path, int depth)
    {
        (string Name, torch.nn.Module Part)[] parts = [("", module), .. module.named_modules()];
        foreach (var part in parts)
            _seen[part.Part] = 0;
        foreach (var tensor in module.parameters().Concat(module.buffers()))
            _registered.Add(tensor.Handle);
        foreach (var (name, part) in parts)
            LookInside(part, string.Join('.', new[] { path, name }.Where(some => some.Length > 0)), depth);
    }

    // Before its path is put together: of millions that do not, that is all that is done.
    private bool MayHold(object? value) => value is not null && _held.CanHold(value.GetType());

    private void LookInside(object holder, string path, int depth)
    {
        foreach (var field in _held.Of(holder.GetType()))
            Look(field.GetValue(holder), path.Length == 0 ? NameOf(field) : $"{path}.{NameOf(field)}", depth);
    }

    private void Look(object? value, string path, int depth)
    {
        switch (value)
        {
            case null or string or Type:
                break;
            // What gives nothing listens, and is no part.
            case Delegate function:
                foreach (var part in function.GetInvocationList().Where(part => part.Method.ReturnType != typeof(void)))
                    LookAtTarget(part, path);
                break;
            case torch.nn.Module module:
                if (!_seen.TryAdd(module, 0))
                    break;
                if (Loses(module) is { } what)
                    Add($"The module '{path}' ({module.GetName()})", what);
                LookThrough(module, path, depth);
                break;
            case torch.Tensor tensor:
                if (_seen.TryAdd(tensor, 0) && !tensor.IsInvalid && tensor is { requires_grad: true, is_leaf: true } && IsNew(tensor))
                    Add($"The parameter '{path}'", "it is neither trained nor saved");
                break;
            case ITuple tuple:
                if (!IsNewOrHigher(value, depth))
                    break;
                for (var i = 0; i < tuple.Length; i++)
                {
                    if (MayHold(tuple[i]))
                        Look(tuple[i], FormattableString.Invariant($"{path}[{i}]"), depth);
                }
                break;
            case IDictionary pairs:
                if (IsNewOrHigher(value, depth))
                    LookAtPairs(pairs, path, depth);
                break;
            case IEnumerable items when IsCollection(value):
                if (IsNewOrHigher(value, depth))
                    LookAtEach(items, path, depth);
                break;
            default:
                if (Wrapped(value) is { } inner)
                {
                    if (IsNewOrHigher(value, depth))
                        Look(inner, path, depth);
                }
                else if (depth < DeepestObject && _held.Of(value.GetType()).Count > 0 && IsNewOrHigher(value, depth))
                    LookInside(value, path, depth + 1);
                break;
        }
    }

    private bool IsNewOrHigher(object value, int depth)
    {
        // Each in a box of its own, of which there may be millions.
        if (value is ITuple and ValueType)
            return true;
        if (_seen.TryGetValue(value, out var before) && before <= depth)
            return false;
        _seen[value] = depth;
        return true;
    }

    // The module whose method it is; of one that has the model as a part, and of other objects, what the function reads.
    private void LookAtTarget(Delegate function, string path)
    {
        if (function.Target is torch.nn.Module module && function.Method.Name[0] != '<' && module.modules().All(part => part != _model))
            Look(module, path, DeepestObject);
        else if (function.Target is { } target && _functions.Add(function))
            LookAtFields(target, FieldsOfMethod.Of(function.Method), path);
    }

    private void LookAtFields(object target, IReadOnlySet<FieldInfo> read, string path)
    {
        foreach (var field in read.Where(field => field.DeclaringType!.IsInstanceOfType(target)))
        {
            var value = field.GetValue(target);
            // What a block's object keeps of the block's around it, or of the object in whose method the lambda stands.
            if (value is not null && field.Name.Contains("<>", StringComparison.Ordinal))
                LookAtFields(value, read, path);
            else
                Look(value, $"{path}.{NameOf(field)}", DeepestObject);
        }
    }

    private void LookAtPairs(IDictionary pairs, string path, int depth)
    {
        if (!_held.ItemsCanHold(pairs.GetType()))
            return;
        foreach (DictionaryEntry pair in pairs)
        {
            Look(pair.Value, $"{path}[{pair.Key}]", depth);
            if (pair.Key is torch.nn.Module or torch.Tensor)
                Look(pair.Key, $"a key of {path}", depth);
        }
    }

    // A list, a set, or another that knows how many it has; what is only gone through may never end. An immutable array that was never
    // made does not even begin.
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A collection that is looked at is one that is used.")]
    private static bool IsCollection(object value)
    {
        var type = value.GetType();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return type.GetProperty("IsDefault")?.GetValue(value) is false;
        return value is ICollection or IReadOnlyCollection<object>
            || type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(ICollection<>));
    }

    // What .NET's own types hold: a value that was made already, the two of a pair, a part of an array.
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Properties of .NET's own types that a part uses are there.")]
    private static object? Wrapped(object value)
    {
        var type = value.GetType();
        if (value is Task task)
            return task.IsCompletedSuccessfully ? ResultType(type)?.GetProperty("Result")?.GetValue(task) : null;
        if (!type.IsGenericType)
            return null;
        var definition = type.GetGenericTypeDefinition();
        if (definition == typeof(KeyValuePair<,>))
            return (type.GetProperty("Key")?.GetValue(value), type.GetProperty("Value")?.GetValue(value));
        if (definition == typeof(Memory<>) || definition == typeof(ReadOnlyMemory<>))
            return type.GetGenericArguments()[0].IsPrimitive ? null : type.GetMethod("ToArray")?.Invoke(value, null);
        try
        {
            return (definition == typeof(Lazy<>) || definition == typeof(ThreadLocal<>))
                && type.GetProperty("IsValueCreated")?.GetValue(value) is true ? type.GetProperty("Value")?.GetValue(value) : null;
        }
        catch (TargetInvocationException)
        {
            // Disposed, it holds nothing.
            return null;
        }
    }

    // An async method's task is of a type that derives from it.
    private static Type? ResultType(Type task)
    {
        for (var at = task; at is not null; at = at.BaseType)
        {
            if (at.IsGenericType && at.GetGenericTypeDefinition() == typeof(Task<>))
                return at;
        }
        return null;
    }

    private void LookAtEach(IEnumerable items, string path, int depth)
    {
        if (!_held.ItemsCanHold(items.GetType()))
            return;
        var index = 0;
        foreach (var item in items)
        {
            if (MayHold(item))
                Look(item, FormattableString.Invariant($"{path}[{index}]"), depth);
            index++;
        }
    }

    // What goes wrong where a module is not found; null where nothing does, since it holds nothing that others do not hold too.
    private string? Loses(torch.nn.Module module)
    {
        Parameter[] parameters = [.. module.parameters().Where(IsNew)];
        if (parameters.Any(parameter => parameter.requires_grad))
            return FormattableString.Invariant($"its {parameters.Length} parameters are neither trained nor saved");
        if (parameters.Length > 0)
            return null;
        if (module.buffers().Any(IsNew))
            return "its buffers are not saved";
        return module.modules().Prepend(module).Any(IsDropout) ? "it stays in training mode when the model is evaluated" : null;
    }

    private void Add(string what, string consequence) => _findings.Add($"{what} is held but not registered, so {consequence}; register it "
        + "in the constructor (register_module, RegisterParameter), or freeze it (requires_grad = false) if it is not to be trained.");

    private bool IsNew(torch.Tensor tensor) => !_registered.Contains(tensor.Handle);

    private static bool IsDropout(torch.nn.Module module)
        => module.GetType().Assembly == typeof(torch).Assembly && module.GetType().Name.Contains("Dropout", StringComparison.Ordinal);

    // A property's own field is called <Name>k__BackingField, and a constructor parameter's <name>P.
    private static string NameOf(FieldInfo field)
        => field.Name[0] == '<' ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
}
