using System.Reflection;
using System.Text.RegularExpressions;

namespace Documentation;

/// <summary>Versions stand in Directory.Packages.props and Directory.Build.props; pages that repeat them keep up.</summary>
public sealed partial class VersionTests
{
    public static TheoryData<string> Pages => [.. Page.All];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Versions_that_a_page_names_are_those_that_are_built_with(string path)
    {
        foreach (Match match in Named().Matches(new Page(path).Text))
        {
            var version = match.Groups["package"].Value switch
            {
                ['l', ..] => Version("LibTorchVersion"),
                ['T', ..] => Version("TorchSharpVersion"),
                _ => Version("VersionPrefix"),
            };
            match.Groups["version"].Value.Should().Be(version, "it says {0}", match.Value);
        }
    }

    private static string Version(string property)
        => typeof(VersionTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == property).Value!;

    // `A@1.0.0`, `A --version 1.0.0`, `A 1.0.0` and code quotes around the name.
    [GeneratedRegex(@"(?<package>libtorch-cpu-[a-z0-9-]+|TorchSharp[a-z-]*|VaeToolkit\.\w+)`?(@| --version | )(?<version>\d+\.\d+\.\d+)")]
    private static partial Regex Named();
}
