using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace VaeToolkit.Tests;

/// <summary>
/// Which of torch's methods some code can come to: calls are followed through the compiled methods of the library, a virtual one to every
/// override.
/// </summary>
/// <param name="library">The assemblies whose methods are followed.</param>
internal sealed class TorchCalls(params Assembly[] library)
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.DeclaredOnly;

    private static readonly string[] s_readers =
    [
        "item", "ToDouble", "ToSingle", "ToInt32", "ToInt64", "ToBoolean", "ToByte", "ToScalar", "cpu", "data", "get_bytes", "tolist",
        "numpy", "multinomial", "nonzero", "masked_select", "unique", "allclose", "equal", "clip_grad_norm_",
    ];

    private static readonly string[] s_senders = ["tensor", "as_tensor", "from_array", "frombuffer", "cuda", "pin_memory", "set_bytes"];

    // Where a step's calls end. What the library's own likelihoods answer a step with is LogProbOfChecked; LogProb looks at the items
    // first, and a mean is not asked of sequences. Likelihoods look at items only in a step of a loop of one's own, on the CPU. Priors look
    // at values only where somebody asks outside of a step, as PriorContractTests shows.
    private static readonly (Type Of, string Name)[] s_notFollowed =
    [
        (typeof(Likelihood), "LogProb"), (typeof(Likelihood), "get_Mean"), (typeof(Likelihood), "LookIfNobodyHas"),
        (typeof(Prior), "RequireFiniteLatents"), (typeof(Prior), "RequireFiniteDensity"),
    ];

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly Type[] _types = [.. library.SelectMany(assembly => assembly.GetTypes())];

    /// <summary>A method of a type, by its name, whoever may call it.</summary>
    internal static MethodInfo Method(Type type, string name) => type.GetMethod(name, Own)!;

    /// <summary>Where a tensor's numbers are read, which on a GPU would wait for it.</summary>
    internal SortedSet<string> Reads(MethodBase start) => Named(start, called => s_readers.Contains(called.Name));

    /// <summary>Where numbers may be sent to a device, which would wait for it too: made of managed memory, or moved.</summary>
    internal SortedSet<string> Sends(MethodBase start) => Named(
        start, called => s_senders.Contains(called.Name)
            || (called.Name == "to" && called.GetParameters().Any(parameter => parameter.ParameterType == typeof(torch.Device))));

    /// <summary>Every call that changes a tensor in place, sorted.</summary>
    internal IEnumerable<string> Changes(MethodBase start)
        => All(start, called => called.Name.EndsWith('_')).Order(StringComparer.Ordinal);

    private SortedSet<string> Named(MethodBase start, Func<MethodBase, bool> isMeant) => new(All(start, isMeant), StringComparer.Ordinal);

    private IEnumerable<string> All(MethodBase start, Func<MethodBase, bool> isMeant)
        => From(start).Where(call => isMeant(call.Called))
            .Select(call => $"{NameOf(call.By)}: {call.Called.Name}");

    // A lambda's or a local function's is that of the method that it stands in, without the compiler's numbers.
    private static string NameOf(MethodBase method)
    {
        var (type, name) = (method.DeclaringType!, method.Name);
        for (; type.Name.StartsWith('<') && type.DeclaringType is { } outer; type = outer)
            name = name.StartsWith('<') ? name : type.Name;
        return $"{type.Name}.{(name.StartsWith('<') ? name[1..name.IndexOf('>', StringComparison.Ordinal)] : name)}";
    }

    private IEnumerable<(MethodBase By, MethodBase Called)> From(MethodBase start)
    {
        var seen = new HashSet<MethodBase> { start };
        var open = new Queue<MethodBase>(seen);
        while (open.TryDequeue(out var method))
        {
            foreach (var called in Called(method))
            {
                if (called.DeclaringType?.Assembly == typeof(torch).Assembly)
                    yield return (method, called);
                var ends = s_notFollowed.Any(end => end.Of.IsAssignableFrom(called.DeclaringType) && end.Name == called.Name);
                foreach (var next in ends ? [] : Bodies(called).Where(seen.Add))
                    open.Enqueue(next);
            }
        }
    }

    // The method itself in its generic form, and what overrides it.
    private IEnumerable<MethodBase> Bodies(MethodBase called)
    {
        if (called.DeclaringType is not { } home || !library.Contains(home.Assembly))
            return called is MethodInfo { IsVirtual: true } foreign && foreign.DeclaringType!.Assembly == typeof(torch).Assembly
                ? Overrides(foreign) : [];
        var own = Definition(called);
        // An iterator or a lambda's class has its body beside it.
        var beside = called is ConstructorInfo && own.DeclaringType!.Name.Contains('<', StringComparison.Ordinal)
            ? own.DeclaringType.GetMethods(Own) : [];
        return [own, .. beside, .. own is MethodInfo { IsVirtual: true } method ? Overrides(method) : []];
    }

    private static MethodBase Definition(MethodBase method)
    {
        var type = method.DeclaringType!;
        return type.IsGenericType || method.IsGenericMethod ? method.Module.ResolveMethod(method.MetadataToken)! : method;
    }

    private IEnumerable<MethodBase> Overrides(MethodInfo method) => _types
        .Where(type => Bases(type).Any(ancestor => ancestor.MetadataToken == method.DeclaringType!.MetadataToken
            && ancestor.Module == method.Module))
        .SelectMany(type => type.GetMethods(Own))
        .Where(other => other.IsVirtual && (other.Name == method.Name || other.Name.EndsWith("." + method.Name, StringComparison.Ordinal))
            && other.GetParameters().Length == method.GetParameters().Length && !other.IsAbstract);

    private IEnumerable<Type> Bases(Type type)
    {
        for (var ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
            yield return ancestor;
        foreach (var face in type.GetInterfaces().Where(face => library.Contains(face.Assembly)))
            yield return face;
    }

    /// <summary>What a method's own code calls or takes as a delegate.</summary>
    internal static IEnumerable<MethodBase> Called(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : [];
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (var at = 0; at < code.Length;)
        {
            var value = code[at++] is var first && first == 0xFE ? (short)(0xFE00 | code[at++]) : first;
            var operand = s_codes[value].OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineTok
                && method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod) is MethodBase called)
                yield return called;
            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }
}
