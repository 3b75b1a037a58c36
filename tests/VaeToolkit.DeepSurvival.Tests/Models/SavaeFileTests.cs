using System.Text.Json;
using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.DeepSurvival.Tests.Models;

public sealed class SavaeFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly Savae _model = new(
        SmallStudy.Schema, timeScale: 3, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [5, 6], EncoderSeesTreatment = true });

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
        if (Directory.Exists(_path))
            Directory.Delete(_path, recursive: true);
        else
            File.Delete(_path);
    }

    [Fact]
    public void A_loaded_model_predicts_for_new_patients_as_the_saved_one_did()
    {
        _model.Save(_path);
        using var loaded = Savae.Load(_path);
        loaded.Options.Should().BeEquivalentTo(_model.Options);
        loaded.Schema.Columns.Should().BeEquivalentTo(_model.Schema.Columns);
        loaded.Treatments.Factors.Should().BeEquivalentTo(_model.Treatments.Factors);
        loaded.Schema.Design(SmallStudy.Table).Should().BeEquivalentTo(_model.Schema.Design(SmallStudy.Table));
        Curves(loaded).Should().BeEquivalentTo(Curves(_model));

        static double[,] Curves(Savae model) => SurvivalPredictor.Predict(
            model, model.Schema.Encode(SmallStudy.Table), new() { Draws = 50, Proposal = Proposal.EncoderMixture })
            .Survival([1, 5], [0, 5, 2, 3, 1]);
    }

    [Fact]
    public void A_file_of_before_there_were_folders_is_read_and_predicts_the_same()
    {
        WriteFile();
        using var loaded = Savae.Load(_path);
        PartDescription.Of(loaded).Fingerprint.Should().Be(PartDescription.Of(_model).Fingerprint);
        loaded.training.Should().BeFalse();
        foreach (var (key, tensor) in loaded.state_dict())
            tensor.equal(_model.state_dict()[key]).all().ToBoolean().Should().BeTrue(key);
    }

    [Theory]
    [InlineData("null", "no description")]
    [InlineData("{", "JSON")]
    [InlineData("""{"columns":[],"treatments":[]}""", "options")]
    [InlineData("""{"columns":[null],"treatments":[],"options":{}}""", "is null")]
    [InlineData(
        """{"columns":[{"column":{"name":null,"kind":"Count"},"centre":0,"scale":1,"design_means":[0]}],"treatments":[],"options":{}}""",
        "name")]
    [InlineData(
        """{"columns":[{"column":{"name":"a","kind":"Ordinal"},"centre":0,"scale":1,"design_means":[0]}],"treatments":[],"options":{}}""",
        "'a' is Ordinal and lacks levels")]
    [InlineData(
        """{"columns":[{"column":{"name":"a","kind":"Binary","levels":["1"]},"centre":0,"scale":1,"design_means":[0]}"""
        + """],"treatments":[],"options":{}}""",
        "at least two different")]
    [InlineData(
        """{"columns":[{"column":{"name":"a","kind":"Count"},"centre":0,"scale":0,"design_means":[0]}],"treatments":[],"options":{}}""",
        "no fit")]
    [InlineData(
        """{"columns":[{"column":{"name":"a","kind":"Count"},"centre":0,"scale":1,"design_means":[]}],"treatments":[],"options":{}}""",
        "0 means for 1")]
    [InlineData(
        """{"columns":[{"column":{"name":"a","kind":"Count"},"centre":0,"scale":1,"design_means":[0]}"""
        + """],"treatments":[{"name":"t","levels":["1"]}],"options":{}}""",
        "at least two")]
    [InlineData(
        """{"columns":[{"column":{"name":"a","kind":"Count"},"centre":0,"scale":1,"design_means":[0]}"""
        + """],"treatments":[],"options":{"latent_size":-1}}""",
        "latent")]
    public void A_description_that_makes_no_sense_is_refused_and_the_file_is_named(string description, string problem)
    {
        var metadata = SafeTensors.Kind(Savae.Kind, 1);
        metadata["model"] = description;
        SafeTensors.Write(_path, _model.state_dict(), metadata);
        FluentActions.Invoking(() => Savae.Load(_path)).Should().Throw<SafeTensorsException>().WithMessage($"{_path}*{problem}*'model'*");
    }

    [Fact]
    public void Files_of_another_kind_and_weights_of_another_model_are_refused()
    {
        WriteFile();
        Dictionary<string, string> metadata;
        using (var file = SafeTensors.Read(_path))
            metadata = new(file.Metadata);
        SafeTensors.Write(_path, new Dictionary<string, torch.Tensor> { ["a"] = torch.zeros(1) }, metadata);
        FluentActions.Invoking(() => Savae.Load(_path)).Should().Throw<WeightsMismatchException>();
        SafeTensors.Write(_path, _model.state_dict(), SafeTensors.Kind("other", 1));
        FluentActions.Invoking(() => Savae.Load(_path)).Should().Throw<SafeTensorsException>().WithMessage("*'other'*");
    }

    // As the library wrote models before: the weights, with the description in the metadata.
    private void WriteFile()
    {
        var metadata = SafeTensors.Kind(Savae.Kind, 1);
        metadata["model"] = JsonSerializer.Serialize(
            new(_model.Schema.Describe(), _model.Treatments.Factors, _model.Options), SavaeJson.Default.SavaeDescription);
        SafeTensors.Write(_path, _model.state_dict(), metadata);
    }
}
