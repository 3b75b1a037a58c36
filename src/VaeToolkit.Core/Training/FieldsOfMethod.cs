using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// The fields that a lambda or a method reads, from its instructions. Lambdas of one block share an object for all that any of them has
/// captured, and one that reads a field of the type it stands in has the whole of it, so an object alone does not tell what is used.
/// </summary>
internal sealed class FieldsOfMethod
{
    private const int LongOpCode = 0xFE;

    private static readonly Dictionary<int, OpCode> s_codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (int)(ushort)code.Value);

    // By token: a generic method may call itself for ever other types.
    private readonly HashSet<(Module, int)> _methods = [];
    private readonly HashSet<FieldInfo> _fields = [];

    private FieldsOfMethod(MethodBase method) => Read(method);

    /// <summary>The fields, none where the instructions cannot be had, as in a program that is compiled ahead of time.</summary>
    public static IReadOnlySet<FieldInfo> Of(MethodBase method)
    {
        try
        {
            return new FieldsOfMethod(method)._fields;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException or BadImageFormatException
            or TypeLoadException or IOException or KeyNotFoundException)
        {
            // Made at run time, of a trimmed library or the like: what it reads stays unknown.
            return new HashSet<FieldInfo>();
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Of what was trimmed away nothing is read.")]
    private void Read(MethodBase method)
    {
        if (!_methods.Add((method.Module, method.MetadataToken)) || method.GetMethodBody()?.GetILAsByteArray() is not { } code)
            return;
        for (var i = 0; i < code.Length;)
        {
            var instruction = s_codes[code[i] == LongOpCode ? (LongOpCode << 8) | code[i + 1] : code[i]];
            i += instruction.Size;
            if (instruction.OperandType is OperandType.InlineField or OperandType.InlineMethod)
                Follow(method, instruction, BitConverter.ToInt32(code, i));
            i += instruction.OperandType == OperandType.InlineSwitch
                ? 4 + 4 * BitConverter.ToInt32(code, i) : Size(instruction.OperandType);
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Of what was trimmed away nothing is read.")]
    private void Follow(MethodBase method, OpCode instruction, int token)
    {
        var ofType = method.DeclaringType?.GetGenericArguments();
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        if (instruction == OpCodes.Ldfld || instruction == OpCodes.Ldflda)
            _fields.Add(method.Module.ResolveField(token, ofType, ofMethod)!);
        // Its own local functions, lambdas and methods, which read for it.
        else if (instruction.OperandType == OperandType.InlineMethod
            && method.Module.ResolveMethod(token, ofType, ofMethod) is { IsConstructor: false } called && IsNear(method, called))
            Read(called);
    }

    // In the same type, in one that the compiler made inside it for what lambdas have captured, or in a base of the user's own.
    private static bool IsNear(MethodBase method, MethodBase called)
    {
        if (Outermost(called) is not { } other || other.Assembly == typeof(torch).Assembly)
            return false;
        for (var type = Outermost(method); type is not null; type = type.BaseType is { } next ? Definition(next) : null)
        {
            if (type == other)
                return true;
        }
        return false;
    }

    private static Type? Outermost(MethodBase method)
    {
        var type = method.DeclaringType;
        while (type is { Name: ['<', ..], DeclaringType: { } outer })
            type = outer;
        return type is null ? null : Definition(type);
    }

    private static Type Definition(Type type) => type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type;

    private static int Size(OperandType type) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
