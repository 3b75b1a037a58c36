using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>Whatever is wrong with the files of a checkpoint is a <see cref="CheckpointException"/>, and changes nothing.</summary>
public sealed class DamagedCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TensorData _train = TinyData.Make(50, seed: 1);
    private readonly TensorData _valid = TinyData.Make(20, seed: 2);

    public void Dispose()
    {
        _train.Dispose();
        _valid.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("{ \"format_version\": 1,\n \"seed\": }", "*state.json: line 2, byte *")]
    [InlineData("null", "*state.json*null*")]
    [InlineData("{\"format_version\":99,\"seed\":3,\"batch_size\":10,\"objective\":{},\"history\":[]}", "*version is 99*reads 1 to 1*")]
    public void A_damaged_state_file_is_named(string content, string message)
    {
        Fit(Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        File.WriteAllText(Path.Combine(_folder["run"], "last", "state.json"), content);
        Refused(Options() with { CheckpointDirectory = _folder["run"], Resume = true }).WithMessage(message);
    }

    [Fact]
    public void Damaged_weights_are_named()
    {
        Fit(Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        File.WriteAllBytes(Path.Combine(_folder["run"], "last", "model.safetensors"), [1, 2, 3]);
        Refused(Options() with { CheckpointDirectory = _folder["run"], Resume = true }).WithMessage("*model.safetensors*")
            .WithInnerException<SafeTensorsException>();
    }

    [Theory]
    [InlineData("model.safetensors", null)]
    [InlineData("model.safetensors", "")]
    [InlineData("optimizer.safetensors", null)]
    [InlineData("optimizer.safetensors", "xyz")]
    [InlineData("state.json", null)]
    [InlineData("state.json", "")]
    [InlineData("state.json", "[]")]
    [InlineData("state.json", "{}")]
    public void A_file_that_is_missing_or_damaged_is_a_checkpoint_exception_and_changes_nothing(string file, string? content)
    {
        Fit(Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        var path = Path.Combine(_folder["run"], "last", file);
        File.Delete(path);
        if (content is not null)
            File.WriteAllText(path, content);
        using var model = TinyModel.Seeded(5);
        var (before, objective) = (model.Values(), new TinyObjective());
        FluentActions.Invoking(() => Trainer.Fit(
            model, objective, _train, _valid, Options() with { CheckpointDirectory = _folder["run"], Resume = true }))
            .Should().Throw<CheckpointException>().WithMessage("*last*");
        model.Values().Should().Equal(before);
        objective.StepsTaken.Should().Be(0);
    }

    [Theory]
    [InlineData("\"history\": [", "\"history\": [ null,", "*entry 0 of its history is not epoch 1*")]
    [InlineData("\"steps_taken\"", "\"steps\"", "*steps_taken*")]
    [InlineData("\"epoch\": 1,", "\"epoch\": 2,", "*entry 0 of its history is not epoch 1*")]
    public void A_state_that_does_not_make_sense_is_a_checkpoint_exception(string found, string instead, string message)
    {
        Fit(Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        var path = Path.Combine(_folder["run"], "last", "state.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(found, instead));
        Refused(Options() with { CheckpointDirectory = _folder["run"], Resume = true }).WithMessage(message);
    }

    [Fact]
    public void Damaged_state_of_TorchSharps_optimisers_is_a_checkpoint_exception()
    {
        var options = Options() with { CheckpointDirectory = _folder["run"], Optimizer = p => torch.optim.SGD(p, 0.01, momentum: 0.9) };
        Fit(options with { Epochs = 1 });
        var path = Path.Combine(_folder["run"], "last", "optimizer.bin");
        var bytes = File.ReadAllBytes(path);
        foreach (var length in new[] { 0, 3, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            Refused(options with { Resume = true });
        }
        File.Delete(path);
        Refused(options with { Resume = true }).WithMessage("*optimizer.bin*");
    }

    [Fact]
    public void A_damaged_checkpoint_is_kept_when_a_run_begins_anew()
    {
        Fit(Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        File.Delete(Path.Combine(_folder["run"], "last", "state.json"));
        Fit(Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        File.Exists(Path.Combine(_folder["run"], "last.earlier", "model.safetensors")).Should().BeTrue();
    }

    private static TrainingOptions Options() => new() { Epochs = 4, BatchSize = 10, Seed = 3, LearningRate = 0.01 };

    private void Fit(TrainingOptions options)
    {
        using var model = TinyModel.Seeded();
        Trainer.Fit(model, new TinyObjective(), _train, _valid, options);
    }

    private FluentAssertions.Specialized.ExceptionAssertions<CheckpointException> Refused(TrainingOptions options) =>
        FluentActions.Invoking(() => Fit(options)).Should().Throw<CheckpointException>();
}
