using System.Text;
using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

public sealed class ModelFolderHostileTests : IDisposable
{
    private const int Damaged = 2000;

    private readonly TemporaryFolder _folder = new();
    private readonly string _json;

    public ModelFolderHostileTests()
    {
        using var vae = Make();
        TrainingRecord.Set(vae, new("Elbo", new Dictionary<string, string> { ["Beta"] = "1" }, [4], 0, 1, 10));
        vae.Save(_folder["model"]);
        _json = File.ReadAllText(_folder["model/model.json"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_thousand_damaged_descriptions_are_read_or_refused_by_name_and_leave_nothing()
    {
        var sound = Encoding.UTF8.GetBytes(_json);
        var mutator = new Mutator(seed: 21);
        // What is set up at the first use does not count.
        Refuses([1, 2, 3]);
        Refuses(sound).Should().BeFalse();
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var refused = Enumerable.Range(0, Damaged).Count(_ => Refuses(mutator.Damage(sound)));
        refused.Should().BeInRange(Damaged * 8 / 10, Damaged, "little of a description may be anything");
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(live);
    }

    [Theory]
    [InlineData("\"hidden\": [", "\"hidden\": [0, ", "$.model.encoder: hidden is [0, *at least one unit*")]
    [InlineData("\"input_size\": 4", "\"input_size\": -4", "$.model.encoder: *input size*-4*")]
    [InlineData("\"input_size\": 4", "\"input_size\": 4.5", "$.model.encoder.input_size: must be a whole number, not 4.5*")]
    [InlineData("\"input_size\": 4", "\"input_size\": \"4\"", "$.model.encoder.input_size: must be a whole number, not \"4\"*")]
    [InlineData("\"input_size\": 4", "\"input_size\": null", "$.model.encoder.input_size: must be a whole number, not null*")]
    [InlineData("\"input_size\": 4", "\"input_size\": 4, \"input_size\": 4", "$.model.encoder.input_size: the property stands twice*")]
    [InlineData("\"input_size\": 4", "\"input_size\": 4, \"dropout\": 1", "$.model.encoder.dropout: 'mlp-encoder' has no such option*")]
    [InlineData("\"input_size\": 4,", "", "$.model.encoder: 'input_size' is missing*")]
    [InlineData("\"leaky-relu\"", "\"leaky\"", "$.model.encoder.activation: 'leaky' is none of leaky-relu, relu, silu, tanh*")]
    [InlineData("\"vamp-prior\"", "\"mlp-encoder\"", "$.model.prior: 'input_size' is missing*")]
    [InlineData("\"vamp-prior\"", "\"other-prior\"", "$.model.prior: this program has no part 'other-prior'*")]
    [InlineData("\"keep_in_range\": true", "\"keep_in_range\": 1", "$.model.prior.keep_in_range: must be true or false, not 1*")]
    [InlineData("\"minimum\": 0", "\"minimum\": 1e999", "$.model.prior.minimum: must be a finite number, not 1e999*")]
    [InlineData("\"item_shape\": [", "\"item_shape\": [4294967296, 4294967296, ", "$.model.decoder.likelihood: *cannot be counted*")]
    [InlineData("\"minimum\": 0", "\"minimum\": 2", "$.model.prior: the range [2, 1] must be two finite numbers in ascending order*")]
    [InlineData("\"format_version\": 1", "\"format_version\": 2", "$.format_version: it is 2; this library reads versions up to 1*")]
    [InlineData("\"format_version\": 1", "\"format_version\": 0", "$.format_version: it is no whole number from 1*")]
    [InlineData("vaetoolkit.model-folder", "others", "$.format: it is 'others', not*")]
    [InlineData("\"objective\"", "\"objectives\"", "$.trained_with: 'objective' is missing*")]
    [InlineData("\"Beta\": \"1\"", "\"Beta\": 1", "$.trained_with.settings.Beta: must be a text, not 1*")]
    [InlineData("\"format\"", "\"comment\": 1, \"format\"", "$.comment: a model folder has no such property*")]
    [InlineData("\"fingerprint\": \"", "\"fingerprint\": \"0", "$.fingerprint: it is not that of model.safetensors*")]
    [InlineData("\"activation\": \"leaky-relu\"", "\"activation\": \"tanh\"", "$.model: the description is not that of its fing*")]
    public void What_is_wrong_is_said_with_its_place(string sound, string damaged, string problem)
    {
        _json.Should().Contain(sound);
        Write(_json.ReplaceFirst(sound, damaged));
        Load().Should().Throw<ModelFolderException>().WithMessage($"*model.json, {problem}");
    }

    [Theory]
    [InlineData("\"latent_size\": 2", "\"latent_size\": 3000000000")]
    [InlineData("\"latent_size\": 2", "\"latent_size\": 9223372036854775807")]
    [InlineData("\"components\": 3", "\"components\": 1000000000000")]
    [InlineData("\"hidden\": [", "\"hidden\": [1000000000, 1000000000, ")]
    [InlineData("\"item_shape\": [", "\"item_shape\": [4294967296, 65536, ")]
    public void Sizes_whose_weights_the_file_does_not_hold_are_refused_before_they_take_memory(string sound, string damaged)
    {
        Write(_json.ReplaceFirst(sound, damaged));
        Load().Should().Throw<ModelFolderException>().WithMessage("*model.json, $.model*more weights than the file holds (*)*");
    }

    [Fact]
    public void A_description_that_is_too_long_or_too_deep_or_has_endless_lists_is_refused()
    {
        Write(_json + new string(' ', 1 << 20));
        Load().Should().Throw<ModelFolderException>().WithMessage("*bytes; 1048576 are the most*");
        Write(string.Concat(Enumerable.Repeat("{\"model\":", 40)) + "1" + new string('}', 40));
        Load().Should().Throw<ModelFolderException>().WithMessage("*not valid JSON*depth*");
        Write(_json.ReplaceFirst("\"hidden\": [", "\"hidden\": [" + string.Concat(Enumerable.Repeat("1,", 1001))));
        Load().Should().Throw<ModelFolderException>().WithMessage("*$.model.encoder.hidden: the list has 1002 entries; 1000 are the most*");
    }

    [Fact]
    public void Folders_without_a_file_or_with_the_weights_of_another_model_are_refused()
    {
        using (var other = new Vae(
            new MlpEncoder(4, 2, [6]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(4)), new StandardNormalPrior(2)))
            other.SaveWeights(_folder["model/model.safetensors"]);
        Load().Should().Throw<ModelFolderException>().WithMessage("*$.fingerprint: it is not that of model.safetensors*");
        SafeTensors.Write(_folder["model/model.safetensors"], new Dictionary<string, torch.Tensor>());
        Load().Should().Throw<ModelFolderException>().WithMessage("*more weights than the file holds (0)*");
        File.Delete(_folder["model/model.safetensors"]);
        Load().Should().Throw<FileNotFoundException>();
        FluentActions.Invoking(() => Vae.Load(_folder["nowhere"]))
            .Should().Throw<DirectoryNotFoundException>().WithMessage("there is no model folder '*nowhere'");
        FluentActions.Invoking(() => Vae.Load(_folder["model/model.json"]))
            .Should().Throw<DirectoryNotFoundException>().WithMessage("'*model.json' is a file and no model folder; *LoadWeights(file)");
        FluentActions.Invoking(() => ModelFolder.Load<MlpEncoder>(_folder["model"])).Should().Throw<IOException>();
    }

    [Fact]
    public void Damaged_weights_are_a_damaged_folder()
    {
        var path = _folder["model/model.safetensors"];
        var whole = File.ReadAllBytes(path);
        foreach (var damaged in new[] { [], whole[..(whole.Length / 2)], whole[..^1], new byte[whole.Length] })
        {
            File.WriteAllBytes(path, damaged);
            Load().Should().Throw<ModelFolderException>().Which.Message.Split(path).Should().HaveCount(2, "it names the file once");
        }
        File.Delete(path);
        Directory.CreateDirectory(path);
        Load().Should().Throw<ModelFolderException>();
    }

    [Fact]
    public void A_folder_with_weights_alone_says_how_they_are_read()
    {
        File.Delete(_folder["model/model.json"]);
        Load().Should().Throw<FileNotFoundException>().WithMessage("*has weights and no model.json*IDescribedPart*LoadWeights(file)");
        using var vae = Make();
        vae.Invoking(model => model.LoadWeights(_folder["model/model.safetensors"])).Should().NotThrow();
    }

    [Fact]
    public void A_model_of_another_type_than_the_one_asked_for_is_refused()
        => FluentActions.Invoking(() => ModelFolder.Load<MlpEncoder>(_folder["model"])).Should().Throw<ModelFolderException>()
            .WithMessage("*$.model: it is a Vae, not a MlpEncoder.");

    private static Vae Make()
    {
        var encoder = new MlpEncoder(4, 2, [5]);
        return new Vae(encoder, new MlpDecoder(2, [5], ObservationModel.LearnedGaussian(4)), new VampPrior(encoder, [4], 3));
    }

    private Func<Vae> Load() => () => Vae.Load(_folder["model"]);

    private void Write(string json) => File.WriteAllText(_folder["model/model.json"], json);

    private bool Refuses(byte[] content)
    {
        File.WriteAllBytes(_folder["model/model.json"], content);
        try
        {
            Vae.Load(_folder["model"]).Dispose();
            return false;
        }
        catch (ModelFolderException e)
        {
            e.Message.Should().StartWith(_folder["model/model"]);
            return true;
        }
    }
}

/// <summary>Changes the first place of a text.</summary>
internal static class FirstPlace
{
    public static string ReplaceFirst(this string text, string old, string replacement)
        => text.IndexOf(old, StringComparison.Ordinal) is var at and >= 0 ? text[..at] + replacement + text[(at + old.Length)..]
            : throw new ArgumentException($"there is no '{old}'");
}
