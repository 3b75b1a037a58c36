using TorchSharp;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>What every module promises of its saved weights.</summary>
public sealed class StorageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Deletes the files.</summary>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Another_one_that_reads_its_weights_is_the_same(string name)
    {
        var entry = ModuleTable.Find(name);
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        using var first = entry.Make();
        Disturb(first);
        torch.manual_seed(2);
        using var second = entry.Make();
        var path = _folder["weights.safetensors"];
        entry.Save(first, path);
        using var read = entry.Load(second, path);
        read.train(first.training);
        Loss(entry, read).Should().Be(Loss(entry, first));
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void The_keys_of_its_weights_are_the_approved_ones(string name)
    {
        torch.manual_seed(1);
        using var module = ModuleTable.Find(name).Make();
        var keys = module.state_dict().Select(pair => $"{pair.Key} {pair.Value.dtype} [{string.Join(", ", pair.Value.shape)}]");
        keys.Should().Equal(Approved().GetValueOrDefault(name, []), "files hold these keys; the approved ones are in Modules/Keys.txt");
    }

    [Fact]
    public void The_approved_keys_are_of_modules_that_there_are()
        => Approved().Keys.Except(ModuleTable.Entries.Select(entry => entry.Name)).Should().BeEmpty();

    // Parameters that all start alike would be the same without a file.
    private static void Disturb(torch.nn.Module module)
    {
        using var noGradient = torch.no_grad();
        foreach (var parameter in module.parameters())
            parameter.add_(torch.randn_like(parameter) * 0.05);
    }

    private static double Loss(ModuleEntry entry, torch.nn.Module module)
    {
        torch.manual_seed(3);
        return entry.Loss(module, Place.Usual).ToDouble();
    }

    private static Dictionary<string, List<string>> Approved()
    {
        var sections = new Dictionary<string, List<string>>();
        List<string>? section = null;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Modules", "Keys.txt")).Where(line => line.Length > 0))
        {
            if (line.StartsWith('#'))
                sections.Add(line[1..].Trim(), section = []);
            else
                section!.Add(line);
        }
        return sections;
    }
}
