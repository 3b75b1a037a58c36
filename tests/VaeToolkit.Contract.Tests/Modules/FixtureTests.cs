using System.Globalization;
using System.Reflection;
using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

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
        ("archetype-pictures", "DeepArchetypes of pictures"),
        ("bayesian-conv3d", "BayesianConv3d"),
        ("categorical", "ObservationModel.Categorical"),
        ("continuous-bernoulli", "ObservationModel.ContinuousBernoulli"),
        ("conv-classifier", "ConvClassifier"),
        ("discretised-logistic", "ObservationModel.DiscretisedLogistic"),
        ("expanding-mixture", "ExpandingMixturePrior"),
        (Coarse, "KernelVae, convolutional"),
        ("laplace", "ObservationModel.Laplace"),
        ("learned-laplace", "ObservationModel.LearnedLaplace"),
        ("mixture-of-gaussians", "MixtureOfGaussiansPrior"),
        ("multi-head-decoder", "MultiHeadDecoder"),
        ("shared-gaussian", "MlpDecoder of shared variance"),
        (Trained, "Vae"),
    ];

    // Half a million weights of few values, so that the repository can pack them.
    private const string Coarse = "kernel-vae-convolutional";

    // With what a model was trained with.
    private const string Trained = "trained-vae";

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

    [Fact]
    public void A_folder_says_what_its_model_was_trained_with()
    {
        using var vae = Vae.Load(Path.Combine(Fixtures, "v1", Trained));
        var record = TrainingRecord.Of(vae)!;
        (record.Objective, record.Items, record.Least, record.Most).Should().Be(("Elbo", 8L, 0.0, 1.0));
        record.ItemShape.Should().Equal(6);
        record.Settings.Should().Contain("Beta", "1 × reconstruction + 1 × KL");
        record.LibraryVersion.Should().BeNull("it was not written down then");
    }

    [Fact]
    public void A_folder_that_does_not_say_it_opens_and_does_not_know_it()
    {
        foreach (var (folder, _) in s_models.Where(model => model.Folder != Trained))
        {
            using var module = ModelFolder.Load<torch.nn.Module>(Path.Combine(Fixtures, "v1", folder));
            TrainingRecord.Of(module).Should().BeNull(folder);
        }
    }

    [Fact]
    public void Every_part_of_the_library_is_in_a_folder()
    {
        var text = string.Concat(Directory.GetFiles(Path.Combine(Fixtures, "v1"), "model.json", SearchOption.AllDirectories)
            .Select(File.ReadAllText));
        Registered().Where(part => !text.Contains($"\"part\": \"{part}\"", StringComparison.Ordinal)).Should().BeEmpty();
    }

    // The names of the library's factories; other tests of this program register some of their own.
    private static List<string> Registered()
    {
        const BindingFlags Hidden = BindingFlags.NonPublic | BindingFlags.Static;
        typeof(ModelParts).GetMethod("Find", Hidden)!.Invoke(null, ["none, so the siblings are asked"]);
        var factories = (IEnumerable<KeyValuePair<string, Func<PartOptions, torch.nn.Module>>>)
            typeof(ModelParts).GetField("s_factories", Hidden)!.GetValue(null)!;
        List<string> names = [.. factories.Where(factory => factory.Value.Method.Module.Assembly != typeof(FixtureTests).Assembly)
            .Select(factory => factory.Key)];
        names.Should().HaveCountGreaterThan(50).And.Contain(["vae", "unet3d", "molecule-vae", "deep-archetypes"]);
        return names;
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
            if (folder == Trained)
                Train((Vae)module);
            if (folder == Coarse)
                Round(module);
            module.eval();
            ModelFolder.Save(module, Path.Combine(target, folder));
            losses.Add(string.Create(CultureInfo.InvariantCulture, $"{folder} {Loss(entry, module):R}"));
        }
        File.WriteAllLines(Path.Combine(target, "losses.txt"), losses);
    }

    private static void Round(torch.nn.Module module)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var parameter in module.parameters())
            parameter.copy_((parameter * 64).round() / 64);
    }

    private static void Train(Vae vae)
    {
        using var data = new TensorData(torch.arange(48).reshape(8, 6).remainder(2).to(torch.float32));
        Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 1, BatchSize = 4, Seed = 1 });
    }

    private static double Loss(ModuleEntry entry, torch.nn.Module module)
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(3);
        return entry.Loss(module, Place.Usual).ToDouble();
    }
}
