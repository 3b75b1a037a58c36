using System.Collections.Concurrent;
using System.Reflection;

namespace VaeToolkit;

/// <summary>Assemblies whose metadata say that their parts draw from <see cref="NoiseSource"/> alone.</summary>
internal static class SeededAssemblies
{
    private const string Key = "DrawsFrom";

    private static readonly ConcurrentDictionary<Assembly, bool> s_known = [];

    internal static bool Contains(Assembly assembly) => s_known.GetOrAdd(assembly, SaysSo);

    private static bool SaysSo(Assembly assembly) => assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Any(fact => fact is { Key: Key, Value: nameof(NoiseSource) });
}
