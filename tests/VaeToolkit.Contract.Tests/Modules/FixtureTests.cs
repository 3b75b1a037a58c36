using System.Globalization;
using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>
/// Folders that earlier versions wrote open, and compute what they did: <c>tests/fixtures/models/v1</c> holds some of format version 1,
/// with the loss of each in <c>losses.txt</c>.
/// </summary>
public sealed class FixtureTests
{
    // A folder's name, and the entry of the table that it was made by.
    private static readonly (string Folder, string Entry)[] s_models =
    [
        ("deep-archetypes", "DeepArchetypes"),
        ("vae-mlp", "Vae"),
        ("vae-vamp-prior", "VampPrior of learned weights"),
        ("vae-boosted-prior", "BoostedPrior"),
        ("conv-encoder", "ConvEncoder"),
        ("conv-decoder", "ConvDecoder"),
        ("real-nvp", "RealNvpPrior"),
        ("multi-head-encoder", "MultiHeadEncoder"),
        ("conditional-vae", "ConditionalVae"),
        ("m2", "M2Model"),
        ("information-bottleneck", "InformationBottleneck"),
        ("linear-vae", "LinearVae"),
        ("savae", "Savae that sees the treatment"),
        ("kernel-vae", "KernelVae, fully connected"),
        ("unet3d", "UNet3d with groups and concatenation"),
        ("bayesian-unet3d", "BayesianUNet3d"),
        ("incremental-classifier", "IncrementalClassifier"),
        ("feature-classifier", "FeatureClassifier"),
        ("residual-encoder", "ResidualEncoder"),
        ("residual-decoder", "ResidualDecoder"),
        ("sequence-vae", "Vae of sequences"),
        ("recurrent-decoder", "RecurrentDecoder of two layers"),
        ("molecule-vae", "MoleculeVae"),
        ("field-encoder", "FieldEncoder"),
        ("field-decoder", "FieldDecoder of fixed noise"),
    ];

    private static string Fixtures { get; } = Path.Combine(AppContext.BaseDirectory, "models");

    // What the machine's arithmetic leaves open.
    private const double Rounding = 1e-4;

    /// <summary>The folders' names.</summary>
    public static TheoryData<string> Folders => [.. s_models.Select(model => model.Folder)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_of_format_version_1_opens_and_computes_what_it_did(string folder)
    {
        var entry = ModuleTable.Find(s_models.Single(model => model.Folder == folder).Entry);
        using var module = ModelFolder.Load<torch.nn.Module>(Path.Combine(Fixtures, "v1", folder));
        var expected = File.ReadLines(Path.Combine(Fixtures, "v1", "losses.txt")).Select(line => line.Split(' '))
            .Where(words => words[0] == folder).Select(words => double.Parse(words[1], CultureInfo.InvariantCulture)).Single();
        Loss(entry, module).Should().BeApproximately(expected, Rounding * (1 + Math.Abs(expected)));
    }

    /// <summary>Writes the folders of a new format version: set <c>VAETOOLKIT_WRITE_MODELS</c> to where, once, and commit them.</summary>
    [Fact]
    public void There_is_a_folder_for_every_kind_in_the_list()
    {
        if (Environment.GetEnvironmentVariable("VAETOOLKIT_WRITE_MODELS") is { Length: > 0 } target)
            Write(target);
        Directory.GetDirectories(Path.Combine(Fixtures, "v1")).Select(Path.GetFileName).Should().BeEquivalentTo(
            s_models.Select(model => model.Folder));
    }

    private static void Write(string target)
    {
        List<string> losses = [];
        foreach (var (folder, name) in s_models)
        {
            var entry = ModuleTable.Find(name);
            torch.manual_seed(1);
            using var module = entry.Make();
            module.eval();
            ModelFolder.Save(module, Path.Combine(target, folder));
            losses.Add(string.Create(CultureInfo.InvariantCulture, $"{folder} {Loss(entry, module):R}"));
        }
        File.WriteAllLines(Path.Combine(target, "losses.txt"), losses);
    }

    private static double Loss(ModuleEntry entry, torch.nn.Module module)
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(3);
        return entry.Loss(module, Place.Usual).ToDouble();
    }
}
