using System.Reflection;
using System.Runtime.CompilerServices;

namespace VaeToolkit.Mega.Tests.Reports;

/// <summary>How the public types of an assembly print.</summary>
internal static class PrintedTypes
{
    /// <summary>Those that print as their name, or as the compiler writes records: no results, but options and what only acts.</summary>
    internal static IEnumerable<string> Bare(Assembly assembly) => assembly.GetExportedTypes()
        .Where(type => type is { IsAbstract: false, IsEnum: false } && !type.Name.EndsWith("Options", StringComparison.Ordinal)
            && !type.IsSubclassOf(typeof(Exception)))
        .Where(type => type.GetMethod(nameof(ToString), Type.EmptyTypes) is { } method
            && (method.DeclaringType == typeof(object) || method.DeclaringType == typeof(ValueType)
                || method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)))
        .Select(type => type.Name);
}
