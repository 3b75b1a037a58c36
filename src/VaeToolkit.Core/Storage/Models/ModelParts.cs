using System.Collections.Concurrent;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// Which parts a program can make from their descriptions: factories by the part's name. Those of the library are there; a part of your
/// own is registered once, at the program's start.
/// </summary>
/// <example><code>
/// ModelParts.Register("my-encoder", options => new MyEncoder(options.WholeNumber("input_size"), options.WholeNumbers("hidden")));
/// </code></example>
public static class ModelParts
{
    private static readonly ConcurrentDictionary<string, Func<PartOptions, torch.nn.Module>> s_factories = new(CoreParts.All);

    /// <summary>Registers the factory of a part. The same factory may be registered again.</summary>
    /// <param name="part">The name in the part's description, of small letters, digits and hyphens.</param>
    /// <param name="factory">Makes the part from its options. It reads every option that the part describes: one that is left over is
    /// taken for damage.</param>
    /// <exception cref="ArgumentException">The name is not of small letters, digits and hyphens, or it is another factory's.</exception>
    public static void Register(string part, Func<PartOptions, torch.nn.Module> factory)
    {
        RequireName(part);
        ArgumentNullException.ThrowIfNull(factory);
        var registered = s_factories.GetOrAdd(part, factory);
        if (registered.Method != factory.Method)
            throw new ArgumentException($"there is a part '{part}' already, of {registered.Method.DeclaringType}", nameof(part));
    }

    /// <summary>The factory of a name, or null.</summary>
    internal static Func<PartOptions, torch.nn.Module>? Find(string part)
    {
        if (!s_factories.ContainsKey(part))
            SiblingParts.Register();
        return s_factories.GetValueOrDefault(part);
    }

    /// <summary>The line that registers a part.</summary>
    internal static string LineFor(string part, string make) => $"ModelParts.Register(\"{part}\", options => {make});";

    /// <exception cref="ArgumentException">It is no name of a part.</exception>
    internal static string RequireName(string part)
    {
        ArgumentException.ThrowIfNullOrEmpty(part);
        return part.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-')
            ? part
            : throw new ArgumentException($"'{part}' is no name of a part: it must be of small letters, digits and hyphens", nameof(part));
    }
}
