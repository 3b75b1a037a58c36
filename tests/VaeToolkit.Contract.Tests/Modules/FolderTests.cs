using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>What every module promises of its description: a program that opens its folder has the same module.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Deletes the folders.</summary>
    public void Dispose() => _folder.Dispose();

    // Nobody in this program registers the parts of the siblings: the library finds them.
    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void It_comes_back_from_its_folder_the_same_to_the_last_bit(string name)
    {
        var entry = ModuleTable.Find(name);
        using var module = Made(entry);
        ModelFolder.Save(module, _folder["model"]);
        using var loaded = ModelFolder.Load<torch.nn.Module>(_folder["model"]);
        loaded.modules().Prepend(loaded).Should().OnlyContain(part => !part.training);
        module.eval();
        RequireSame(entry, module, loaded);
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Its_copy_is_the_same_to_the_last_bit_and_in_the_same_mode(string name)
    {
        var entry = ModuleTable.Find(name);
        using var module = Made(entry);
        using var copy = ModelFolder.Copy(module);
        copy.GetType().Should().Be(module.GetType());
        copy.modules().Select(part => part.training).Should().Equal(module.modules().Select(part => part.training));
        copy.named_parameters().Select(named => (named.name, named.parameter.requires_grad)).Should().Equal(
            module.named_parameters().Select(named => (named.name, named.parameter.requires_grad)));
        RequireSame(entry, module, copy);
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void What_it_was_trained_with_goes_with_it(string name)
    {
        var entry = ModuleTable.Find(name);
        using var module = entry.Make();
        var record = new TrainingRecord("Own", new Dictionary<string, string> { ["Weight"] = "0.5" }, [2, 3], -1.25, null, 7)
        {
            LibraryVersion = "0.0.9",
        };
        TrainingRecord.Set(module, record);
        ModelFolder.Save(module, _folder["model"]);
        using var loaded = ModelFolder.Load<torch.nn.Module>(_folder["model"]);
        ModelFolder.Save(loaded, _folder["again"]);
        using var again = ModelFolder.Load<torch.nn.Module>(_folder["again"]);
        using var copy = ModelFolder.Copy(again);
        TrainingRecord.Of(copy).Should().BeEquivalentTo(record, "a later library that writes it again did not train it");

        using var weights = entry.Make();
        ModelWeights.Load(weights, _folder["again/model.safetensors"], "vaetoolkit." + PartDescription.Of(module).Part);
        TrainingRecord.Of(weights).Should().BeEquivalentTo(record);
        TrainingRecord.Set(module, null);
        ModelWeights.Save(module, _folder["weights"], "own");
        ModelWeights.Load(weights, _folder["weights"], "own");
        TrainingRecord.Of(weights).Should().BeNull("it is not known of these weights");
    }

    private static torch.nn.Module Made(ModuleEntry entry)
    {
        torch.manual_seed(1);
        var module = entry.Make();
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        // Parameters that all start alike would be the same without a file.
        foreach (var parameter in module.parameters())
            parameter.add_(torch.randn_like(parameter) * 0.05);
        return module;
    }

    private static void RequireSame(ModuleEntry entry, torch.nn.Module module, torch.nn.Module other)
    {
        other.ToString().Should().Be(module.ToString());
        PartDescription.Of(other).ToString().Should().Be(PartDescription.Of(module).ToString());
        Loss(entry, other).Should().Be(Loss(entry, module));
    }

    private static double Loss(ModuleEntry entry, torch.nn.Module module)
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(3);
        return entry.Loss(module, Place.Usual).ToDouble();
    }
}
