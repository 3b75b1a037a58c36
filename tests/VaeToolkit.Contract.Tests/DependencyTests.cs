using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace VaeToolkit.Contract.Tests;

/// <summary>What the assemblies stand on is what docs/architecture.md says, and they do not look into one another.</summary>
public sealed partial class DependencyTests
{
    [Fact]
    public void The_picture_in_the_architecture_page_is_what_was_compiled()
        => Picture().Should().Equal(Library.Assemblies.OrderBy(assembly => assembly.GetName().Name, StringComparer.Ordinal).Select(Row));

    [Fact]
    public void An_assembly_shows_its_internals_to_its_own_tests_alone()
    {
        foreach (var assembly in Library.Assemblies)
        {
            var friends = assembly.GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName);
            friends.Should().Equal($"{assembly.GetName().Name}.Tests");
        }
    }

    [Fact]
    public void No_public_name_is_in_two_assemblies()
        => Library.Assemblies.SelectMany(assembly => assembly.GetExportedTypes()).Where(type => !type.IsNested)
            .GroupBy(type => type.Name).Where(types => types.Count() > 1).Select(types => types.Key).Should().BeEmpty();

    [Fact]
    public void The_program_of_the_readme_needs_three_namespaces()
    {
        Type[] used =
        [
            typeof(TorchRuntime), typeof(Training.SeedScope), typeof(ImageData), typeof(Binarisation), typeof(Vae), typeof(MlpEncoder),
            typeof(MlpDecoder), typeof(ObservationModel), typeof(StandardNormalPrior), typeof(Training.Trainer), typeof(Elbo),
            typeof(Training.TrainingOptions), typeof(Training.ConsoleProgress), typeof(Evaluation.Evaluate),
            typeof(Evaluation.ImportanceOptions), typeof(ImageGrid),
        ];
        used.Select(type => type.Namespace).Distinct().Order().Should().Equal(
            "VaeToolkit", "VaeToolkit.Evaluation", "VaeToolkit.Training");
    }

    private static string Row(Assembly assembly)
    {
        var references = assembly.GetReferencedAssemblies().Select(reference => reference.Name!).ToList();
        var own = references.Where(name => name.StartsWith("VaeToolkit.", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return $"{assembly.GetName().Name}: {string.Join(", ", own)}; {(references.Contains("TorchSharp") ? "torch" : "no torch")}";
    }

    // | `VaeToolkit.Boosting` | `VaeToolkit.Core` | yes |
    private static IEnumerable<string> Picture()
        => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "architecture.md")).Select(line => TableRow().Match(line))
            .Where(row => row.Success)
            .Select(row => $"{row.Groups[1].Value}: {row.Groups[2].Value.Replace("`", "")}; "
                + (row.Groups[3].Value == "yes" ? "torch" : "no torch"));

    [GeneratedRegex(@"^\| `(VaeToolkit\.\w+)` \| (.*?) ?\| (yes|no) \|$")]
    private static partial Regex TableRow();
}
