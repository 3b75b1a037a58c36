using System.Text.RegularExpressions;

namespace Documentation;

/// <summary>A page of the documentation and the file that compiles its programs, both as the build has copied them.</summary>
internal sealed partial class Page
{
    private static readonly string s_pages = Path.Combine(AppContext.BaseDirectory, "text");
    private static readonly string s_code = Path.Combine(AppContext.BaseDirectory, "Pages");

    /// <summary>Reads a page and its file.</summary>
    /// <param name="name">The page, from the root of the repository.</param>
    public Page(string name)
    {
        Name = name;
        Text = File.ReadAllText(Path.Combine(s_pages, name));
        foreach (var block in Block().Matches(Text).Select(match => match.Groups[1].Value))
        {
            var lines = block.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
            // A program of one file has directives for packages, which a project has not.
            lines = [.. lines.SkipWhile(line => line.StartsWith("#:", StringComparison.Ordinal))];
            Head.AddRange(lines.TakeWhile(IsOfHead).Where(line => line.Length > 0).Except(Head));
            BeginsWithHead ??= Head.Count > 0;
            if (lines.SkipWhile(IsOfHead).ToArray() is { Length: > 0 } body)
                Programs.Add(string.Join('\n', body));
        }
    }

    /// <summary>The pages that have programs.</summary>
    public static IEnumerable<string> All
        => Directory.EnumerateFiles(s_pages, "*.md", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("```csharp", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(s_pages, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>The files of code.</summary>
    public static IEnumerable<string> Files => Directory.EnumerateFiles(s_code).Select(file => Path.GetFileName(file));

    /// <summary>Where the page is, from the root of the repository.</summary>
    public string Name { get; }

    /// <summary>All that it says.</summary>
    public string Text { get; }

    /// <summary>The file of code: <c>OwnPartsPage.cs</c> for docs/own-parts.md, <c>MegaPackage.cs</c> for the package's README.</summary>
    public string CodeFile
        => Path.GetFileNameWithoutExtension(Name) is var name && name != "PACKAGE"
            ? string.Concat(name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..].ToLowerInvariant())) + "Page.cs"
            : Path.GetDirectoryName(Name)!.Split('.')[^1] + "Package.cs";

    /// <summary>The directives that the page's programs begin with, in the page's order.</summary>
    public List<string> Head { get; } = [];

    /// <summary>What follows them, a program each.</summary>
    public List<string> Programs { get; } = [];

    /// <summary>Whether the first block begins with directives.</summary>
    public bool? BeginsWithHead { get; }

    /// <summary>The directives of the file of code.</summary>
    public IEnumerable<string> CodeHead
        => Code().TakeWhile(line => !line.StartsWith("namespace", StringComparison.Ordinal)).Where(line => line.Length > 0);

    /// <summary>Its regions, without their indentation.</summary>
    public IEnumerable<string> Regions()
    {
        List<string>? region = null;
        foreach (var line in Code())
        {
            switch (line.Trim())
            {
                case "#region":
                    region = [];
                    break;
                case "#endregion":
                    yield return string.Join('\n', region!.Select(text => text.Length == 0 ? text : text[Indentation(region!)..]));
                    region = null;
                    break;
                default:
                    region?.Add(line);
                    break;
            }
        }
    }

    private IEnumerable<string> Code() => File.ReadLines(Path.Combine(s_code, CodeFile));

    private static int Indentation(IEnumerable<string> lines)
        => lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart(' ').Length);

    private static bool IsOfHead(string line) => line.Length == 0 || Directive().IsMatch(line);

    [GeneratedRegex("^```csharp\r?\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(using (static )?[\w.]+( = [\w.]+)?;|#pragma warning disable .*)$")]
    private static partial Regex Directive();
}
