using System.Reflection;
using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Boosting;
using VaeToolkit.DeepSurvival;
using VaeToolkit.DeepSurvival.Tests.Models;
using VaeToolkit.Evaluation;
using VaeToolkit.Molecules;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Storage;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>
/// The table "family, to load, to serve" of docs/model-folders.md: each family opens by the one line there, all but one from a folder that
/// an earlier version wrote, and answers in the form that a program serves, which are at most ten lines with those here.
/// </summary>
public sealed class ServingTests : IDisposable
{
    // The type whose Load is called, the folder, and what is asked, with the numbers that an answer has.
    private static readonly Dictionary<Type, (string Folder, Func<string, double[]> Serve, int Numbers)> s_families = new()
    {
        [typeof(Vae)] = ("vae-mlp", folder =>
        {
            using var frozen = FrozenVae.Own(Vae.Load(folder));
            return frozen.Reconstruct(Items(3)).Values();
        }, 3 * 6),
        [typeof(ConditionalVae)] = ("conditional-vae", folder =>
        {
            using var model = ConditionalVae.Load(folder);
            return model.Sample(Place.Usual.OneHot(4, 3), seed: 7).Values();
        }, 4 * 6),
        [typeof(M2Model)] = ("m2", folder =>
        {
            using var model = M2Model.Load(folder);
            return model.Classify(Items(4)).Values();
        }, 4 * 3),
        [typeof(InformationBottleneck)] = ("information-bottleneck", folder =>
        {
            using var model = InformationBottleneck.Load(folder);
            return model.Predict(Items(4), 5, seed: 7).Values();
        }, 4 * 3),
        [typeof(DeepArchetypes)] = ("deep-archetypes", folder =>
        {
            using var model = DeepArchetypes.Load(folder);
            using var frozen = model.Vae.Freeze();
            return frozen.Sample(2, seed: 7).Values();
        }, 2 * 6),
        [typeof(Savae)] = ("savae", folder =>
        {
            using var model = Savae.Load(folder);
            var prediction = SurvivalPredictor.Predict(model, model.Schema.Encode(SmallStudy.Table), new() { Draws = 20, Seed = 7 });
            return [prediction.For(0, 1).Survival(2).Value];
        }, 1),
        [typeof(MoleculeVae)] = ("molecule-vae", folder =>
        {
            using var model = MoleculeVae.Load(folder);
            return model.Predict(model.Encode(["ab", "c"])).Values();
        }, 2),
        [typeof(UNet3d)] = ("unet3d", folder =>
        {
            using var network = UNet3d.Load(folder);
            using var prediction = Segmentation.Predict(network, Place.Usual.Unit(1, 1, 8, 8, 8));
            return prediction.Probabilities.Values();
        }, 3 * 512),
        [typeof(BayesianUNet3d)] = ("bayesian-unet3d", folder =>
        {
            using var network = BayesianUNet3d.Load(folder);
            using var prediction = Segmentation.Predict(network, Place.Usual.Unit(1, 1, 8, 8, 8), new() { Samples = 2, Seed = 7 });
            return prediction.Probabilities.Values();
        }, 512),
        [typeof(FeatureClassifier)] = ("feature-classifier", folder =>
        {
            using var classifier = FeatureClassifier.Load(folder);
            return classifier.Features(Place.Usual.Unit(2, 1, 8, 8)).Values();
        }, 2 * 4),
        [typeof(NetworkPredictor)] = ("incremental-classifier", folder =>
        {
            using var predictor = NetworkPredictor.Load(folder);
            return predictor.Probabilities(Place.Usual.Unit(2, 1, 8, 8)).Values();
        }, 2 * 2),
        [typeof(KernelVae)] = (KernelFile, file =>
        {
            using var kernels = KernelVae.Load(file);
            using var frozen = kernels.Vae.Freeze();
            return (frozen.Sample(2, seed: 7).flatten(1) * kernels.Scale).Values();
        }, 2 * 27),
    };

    private const string KernelFile = "kernels.safetensors";

    private readonly TemporaryFolder _folder = new();

    /// <summary>The families' names.</summary>
    public static TheoryData<string> Families => [.. s_families.Keys.Select(family => family.Name)];

    /// <summary>Every <see cref="Vae"/> of the table.</summary>
    public static TheoryData<string> Vaes => [.. ModuleTable.Entries.Where(IsVae).Select(entry => entry.Name)];

    /// <summary>Deletes the files.</summary>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void A_family_opens_in_one_line_and_answers_the_same_again(string family)
    {
        using var scope = torch.NewDisposeScope();
        var (folder, serve, numbers) = s_families.Single(pair => pair.Key.Name == family).Value;
        var place = folder == KernelFile ? SaveKernels() : Path.Combine(AppContext.BaseDirectory, "models", "v1", folder);
        var answer = serve(place);
        answer.Should().HaveCount(numbers).And.OnlyContain(value => double.IsFinite(value)).And.Contain(value => value != 0);
        serve(place).Should().BeEquivalentTo(answer, Close);
    }

    [Fact]
    public void Every_type_that_opens_a_file_or_folder_of_a_model_is_among_the_families()
    {
        var loading = Library.Assemblies.SelectMany(assembly => assembly.GetExportedTypes()).Where(type => type
            .GetMethods(BindingFlags.Public | BindingFlags.Static).Any(load => load.Name == "Load" && load.ReturnType == type
                && load.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(string)));
        // One is opened with its images as well, by a test of its own, and one is data.
        loading.Should().HaveCountGreaterThan(10)
            .And.BeSubsetOf([.. s_families.Keys, typeof(IncrementalClassifier), typeof(Pictures.PictureData)]);
    }

    [Theory]
    [MemberData(nameof(Vaes))]
    public void Every_Vae_of_the_library_answers_frozen_as_it_does_itself(string name)
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        using var vae = (Vae)ModuleTable.Find(name).Make();
        vae.Save(_folder["model"]);
        using var frozen = FrozenVae.Own(Vae.Load(_folder["model"]));
        vae.eval();
        var items = vae.Sample(3, seed: 7, draws: true);
        frozen.Sample(3, seed: 7, draws: true).Values().Should().BeEquivalentTo(items.Values(), Close);
        frozen.Encode(items).Mean.Values().Should().BeEquivalentTo(vae.Encode(items).Mean.Values(), Close);
        frozen.Reconstruct(items).Values().Should().BeEquivalentTo(vae.Reconstruct(items).Values(), Close);
    }

    private static FluentAssertions.Equivalency.EquivalencyAssertionOptions<double> Close(
        FluentAssertions.Equivalency.EquivalencyAssertionOptions<double> options) => options.WithStrictOrdering()
        // But for the last digits, which depend on where in memory the items begin.
        .Using<double>(pair => pair.Subject.Should().BeApproximately(pair.Expectation, 1e-5 * (1 + Math.Abs(pair.Expectation))))
        .WhenTypeIs<double>();

    private static torch.Tensor Items(int count) => Place.Usual.Levels([count, 6]);

    private static bool IsVae(ModuleEntry entry)
    {
        using var module = entry.Make();
        return module is Vae;
    }

    private string SaveKernels()
    {
        using var scope = torch.NewDisposeScope();
        var weights = new Dictionary<string, torch.Tensor> { ["layer.weight"] = Place.Usual.Centred(4, 2, 3, 3, 3) };
        using var kernels = KernelHarvest.Of([new(0, 0, weights)], KernelGrouping.PerLayer(["layer"])).Single();
        using var trained = KernelVaeTraining.Train(kernels, new() { LatentSize = 2, Steps = 1 });
        trained.Save(_folder[KernelFile]);
        return _folder[KernelFile];
    }
}
