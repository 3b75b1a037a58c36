using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>
/// Every place in the library's code that a step can come to and that reads a tensor's numbers, which on a GPU would wait for it. Calls are
/// followed through the compiled methods, a virtual one to every override.
/// </summary>
public sealed class StepReadsTests
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.DeclaredOnly;

    private static readonly string[] s_readers =
    [
        "item", "ToDouble", "ToSingle", "ToInt32", "ToInt64", "ToBoolean", "ToByte", "ToScalar", "cpu", "data", "get_bytes", "tolist",
        "numpy", "nonzero", "masked_select", "unique", "allclose", "equal", "clip_grad_norm_",
    ];

    // What the library's own likelihoods answer a step with is LogProbOfChecked; LogProb looks at the items first, and a mean is not asked
    // of sequences. Likelihoods look at items only in a step of a loop of one's own, on the CPU. Priors look at values only where somebody
    // asks outside of a step, as PriorContractTests shows.
    private static readonly (Type Of, string Name)[] s_notFollowed =
    [
        (typeof(Likelihood), "LogProb"), (typeof(Likelihood), "get_Mean"), (typeof(Likelihood), "LookIfNobodyHas"),
        (typeof(Prior), "RequireFiniteLatents"), (typeof(Prior), "RequireFiniteDensity"),
    ];

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private static readonly Type[] s_types = typeof(TrainingLoop).Assembly.GetTypes();

    [Fact]
    public void A_step_reads_only_what_is_on_the_CPU()
    {
        var step = typeof(TrainingLoop).GetMethod(nameof(TrainingLoop.TakeUnreadStep), Own)!;
        Reads(step).Should().Equal(
            // Plain memory of the CPU.
            "AdamSlot.Floats: get_bytes",
            "ConstraintSet.Weighted: ToDouble",
            // Only where ranks divide a batch.
            "Division.Sum: cpu",
            "Division.Sum: data",
            "FusedRows`1.ComputeRows: get_bytes",
            "FusedRows`1.Floats: get_bytes",
            "GradientNorm.Squares: get_bytes",
            // When somebody asks for a multiplier.
            "LagrangeMultiplier.Here: cpu",
            "LagrangeMultiplier.Here: data",
            // Sequences are cut behind the longest of a batch: the one thing that a step waits for.
            "TokenRows.Trimmed: ToInt64");
    }

    [Fact]
    public void A_step_that_reads_its_loss_is_seen_to()
    {
        var step = typeof(TrainingLoop).GetMethod(nameof(TrainingLoop.TakeStep), Own)!;
        Reads(step).Should().Contain("ObjectiveReading.ReadTogether: cpu").And.Contain("TrainingLoop.TakeStep: ToDouble");
    }

    private static SortedSet<string> Reads(MethodBase start)
    {
        var seen = new HashSet<MethodBase> { start };
        var open = new Queue<MethodBase>(seen);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        while (open.TryDequeue(out var method))
        {
            foreach (var called in Called(method))
            {
                if (called.DeclaringType?.Assembly == typeof(torch).Assembly && s_readers.Contains(called.Name))
                    found.Add($"{method.DeclaringType!.Name}.{method.Name}: {called.Name}");
                var ends = s_notFollowed.Any(end => end.Of.IsAssignableFrom(called.DeclaringType) && end.Name == called.Name);
                foreach (var next in ends ? [] : Bodies(called).Where(seen.Add))
                    open.Enqueue(next);
            }
        }
        return found;
    }

    // The method itself in its generic form, and what overrides it.
    private static IEnumerable<MethodBase> Bodies(MethodBase called)
    {
        if (called.DeclaringType?.Assembly != typeof(TrainingLoop).Assembly)
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

    private static IEnumerable<MethodBase> Overrides(MethodInfo method) => s_types
        .Where(type => Bases(type).Any(ancestor => ancestor.MetadataToken == method.DeclaringType!.MetadataToken
            && ancestor.Module == method.Module))
        .SelectMany(type => type.GetMethods(Own))
        .Where(other => other.IsVirtual && (other.Name == method.Name || other.Name.EndsWith("." + method.Name, StringComparison.Ordinal))
            && other.GetParameters().Length == method.GetParameters().Length && !other.IsAbstract);

    private static IEnumerable<Type> Bases(Type type)
    {
        for (var ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
            yield return ancestor;
        foreach (var face in type.GetInterfaces().Where(face => face.Assembly == typeof(TrainingLoop).Assembly))
            yield return face;
    }

    private static IEnumerable<MethodBase> Called(MethodBase method)
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
