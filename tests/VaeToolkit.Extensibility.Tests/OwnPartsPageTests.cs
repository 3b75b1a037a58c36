using System.Text.RegularExpressions;

namespace VaeToolkit.Extensibility.Tests;

/// <summary>docs/own-parts.md shows what is compiled here, to the letter.</summary>
public sealed partial class OwnPartsPageTests
{
    [Fact]
    public void Every_program_of_the_page_is_in_a_file_of_this_project()
    {
        var page = File.ReadAllText(InOutput("own-parts.md"));
        var code = string.Concat(new[] { "OwnParts.cs", "ClassModel.cs" }.Select(name => File.ReadAllText(InOutput(name))));
        var programs = Program().Matches(page).Select(match => match.Groups[1].Value)
            .Where(text => !text.StartsWith("using", StringComparison.Ordinal)).ToArray();
        programs.Should().HaveCountGreaterThan(6).And.OnlyContain(program => code.Contains(program));
    }

    private static string InOutput(string name) => Path.Combine(AppContext.BaseDirectory, name);

    [GeneratedRegex("```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Program();
}
