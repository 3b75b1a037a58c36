using TorchSharp;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>Every type of module is in the table, and a new one without an entry is found.</summary>
public sealed class CoverageTests
{
    [Fact]
    public void Every_type_of_module_in_the_library_is_in_the_table()
        => Library.Uncovered(Library.Assemblies, typeof(torch.nn.Module), Covered()).Should().BeEmpty("each needs an entry");

    [Fact]
    public void A_type_of_module_that_is_not_in_the_table_is_reported()
        => Library.Uncovered([typeof(CoverageTests).Assembly], typeof(torch.nn.Module), Covered()).Should().Equal(typeof(Unheard).FullName);

    [Fact]
    public void The_assemblies_are_the_librarys_own()
        => Library.Assemblies.Select(assembly => assembly.GetName().Name).Order().Should().Equal(
            "VaeToolkit.Archetypes", "VaeToolkit.Boosting", "VaeToolkit.Core", "VaeToolkit.DeepSurvival", "VaeToolkit.Distributed",
            "VaeToolkit.Mega", "VaeToolkit.Molecules", "VaeToolkit.Onnx", "VaeToolkit.Pictures", "VaeToolkit.Reports",
            "VaeToolkit.SemiSupervised", "VaeToolkit.Studies", "VaeToolkit.Survival", "VaeToolkit.VisualFields", "VaeToolkit.Volumes",
            "VaeToolkit.WeightPriors");

    // Public ones and those inside them.
    private static HashSet<Type> Covered()
    {
        var types = new HashSet<Type>();
        foreach (var entry in ModuleTable.Entries)
        {
            using var module = entry.Make();
            types.UnionWith(Library.OwnParts(module).Select(part => part.GetType()));
        }
        return types;
    }

    private sealed class Unheard() : torch.nn.Module(nameof(Unheard));
}
