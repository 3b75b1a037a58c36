using System.Reflection;
using System.Text.RegularExpressions;

namespace VaeToolkit.Tests.Acceleration;

/// <summary>Other folders of Core come to what is in its Acceleration by <see cref="FastPaths"/> alone.</summary>
public sealed partial class FastPathsTests
{
    [Fact]
    public void Other_folders_name_the_door_alone_and_keep_what_it_makes()
    {
        var (inside, outside) = Files();
        var kept = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in outside)
        {
            var rest = Kept().Replace(File.ReadAllText(file), match =>
            {
                kept.Add(match.Groups[1].Value);
                return "";
            });
            Name().Matches(rest).Select(match => match.Value).Intersect(inside).Should().BeEmpty("that is for the door, in {0}", file);
        }
        kept.Should().Equal("AdamSlots", "BatchHalves", "DenseTape", "DenseTraining", "KeptPanels", "ThreadTeam");
    }

    // Extension methods and new(…) name no type.
    [Fact]
    public void Other_folders_call_what_makes_something_there_by_the_door_alone()
    {
        var inside = Files().Inside;
        var outside = typeof(FastPaths).Assembly.GetTypes().Where(
            type => Outermost(type) is var name && name != nameof(FastPaths) && !inside.Contains(name));
        var calls = outside.SelectMany(Methods).ToDictionary(
            method => method, method => TorchCalls.Called(method).Where(called => called.IsConstructor || called.IsStatic).ToArray());
        calls.Values.SelectMany(called => called).Select(called => called.DeclaringType).Should().Contain(typeof(FastPaths));
        calls.SelectMany(pair => pair.Value.Where(called => called.DeclaringType is { } home && inside.Contains(Outermost(home))
                && home.Assembly == typeof(FastPaths).Assembly)
            .Select(called => $"{pair.Key.DeclaringType}.{pair.Key.Name}: {called.DeclaringType}.{called.Name}")).Should().BeEmpty();
    }

    private static IEnumerable<MethodBase> Methods(Type type)
    {
        const BindingFlags own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
            | BindingFlags.DeclaredOnly;
        return [.. type.GetMethods(own), .. type.GetConstructors(own)];
    }

    private static string Outermost(Type type) => type.DeclaringType is { } home ? Outermost(home) : type.Name.Split('`')[0];

    private static (HashSet<string> Inside, List<string> Outside) Files()
    {
        var (inside, outside) = (new HashSet<string>(), new List<string>());
        foreach (var file in Directory.EnumerateFiles(Sources(), "*.cs", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(Path.GetDirectoryName(file)) == "Acceleration")
                inside.Add(Path.GetFileNameWithoutExtension(file));
            else
                outside.Add(file);
        }
        inside.Remove(nameof(FastPaths)).Should().BeTrue();
        return (inside, outside);
    }

    private static string Sources() => typeof(FastPathsTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(fact => fact.Key == "CoreSources").Value!;

    // A field or parameter without a value, or with one that the door gives.
    [GeneratedRegex(
        @"\b(AdamSlots|BatchHalves|DenseTape|DenseTraining|KeptPanels|ThreadTeam)(?:<TModel>)?\?? \w+(?=[;,)]|\s+=\s+FastPaths\.)")]
    private static partial Regex Kept();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Name();
}
