using System.Reflection;
using System.Text.RegularExpressions;

namespace VaeToolkit.Tests.Acceleration;

/// <summary>Other folders of Core come to what is in its Acceleration by <see cref="FastPaths"/> alone.</summary>
public sealed partial class FastPathsTests
{
    [Fact]
    public void Other_folders_name_the_door_alone_and_keep_what_it_makes()
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
        kept.Should().Equal("AdamSlots", "BatchHalves", "KeptPanels", "ThreadTeam");
    }

    private static string Sources() => typeof(FastPathsTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(fact => fact.Key == "CoreSources").Value!;

    // A field or parameter without a value, or with one that the door gives.
    [GeneratedRegex(@"\b(AdamSlots|BatchHalves|KeptPanels|ThreadTeam)(?:<TModel>)?\?? \w+(?=[;,)]|\s+=\s+FastPaths\.)")]
    private static partial Regex Kept();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Name();
}
