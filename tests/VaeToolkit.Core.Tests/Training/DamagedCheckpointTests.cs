using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>Whatever is wrong with the files of a checkpoint is a <see cref="CheckpointException"/>, and changes nothing.</summary>
public sealed class DamagedCheckpointTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("{ \"format_version\": 1,\n \"seed\": }", "*state.json: line 2, byte *")]
    [InlineData("null", "*state.json*null*")]
    [InlineData("{\"format_version\":99,\"seed\":3,\"batch_size\":10,\"objective\":{},\"history\":[]}", "*version is 99*reads 1 to 1*")]
    public void A_damaged_state_file_is_named(string content, string message)
    {
        _run.Fit(_run.In("run") with { Epochs = 1 });
        File.WriteAllText(Path.Combine(_run.Folder["run"], "last", "state.json"), content);
        _run.Refused(_run.In("run") with { Resume = true }).WithMessage(message);
    }

    [Fact]
    public void Damaged_weights_are_named()
    {
        _run.Fit(_run.In("run") with { Epochs = 1 });
        File.WriteAllBytes(Path.Combine(_run.Folder["run"], "last", "model.safetensors"), [1, 2, 3]);
        _run.Refused(_run.In("run") with { Resume = true }).WithMessage("*model.safetensors*")
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
        _run.Fit(_run.In("run") with { Epochs = 1 });
        var path = Path.Combine(_run.Folder["run"], "last", file);
        File.Delete(path);
        if (content is not null)
            File.WriteAllText(path, content);
        using var model = TinyModel.Seeded(5);
        var (before, objective) = (model.Values(), new TinyObjective());
        FluentActions.Invoking(() => Trainer.Fit(
            model, objective, _run.Train, _run.Valid, _run.In("run") with { Resume = true }))
            .Should().Throw<CheckpointException>().WithMessage("*last*");
        model.Values().Should().Equal(before);
        objective.StepsTaken.Should().Be(0);
    }

    [Theory]
    [InlineData("model.safetensors", null)]
    [InlineData("model.safetensors", "xyz")]
    [InlineData("state.json", null)]
    [InlineData("state.json", "[]")]
    public void The_best_epochs_checkpoint_must_be_whole_too_where_it_is_kept(string file, string? content)
    {
        _run.Fit(_run.In("run") with { Epochs = 1 });
        var path = Path.Combine(_run.Folder["run"], "best", file);
        File.Delete(path);
        if (content is not null)
            File.WriteAllText(path, content);
        _run.Refused(_run.In("run") with { Resume = true })
            .WithMessage("*best*the checkpoint of the best epoch is damaged: *; remove the folder to go on without it, or resume without "
                + "KeepBest.");
        _run.Fit(_run.In("run") with { Resume = true, KeepBest = false });
    }

    [Theory]
    [InlineData("\"history\": [", "\"history\": [ null,", "*entry 0 of its history is not epoch 1*")]
    [InlineData("\"steps_taken\"", "\"steps\"", "*steps_taken*")]
    [InlineData("\"epoch\": 1,", "\"epoch\": 2,", "*entry 0 of its history is not epoch 1*")]
    public void A_state_that_does_not_make_sense_is_a_checkpoint_exception(string found, string instead, string message)
    {
        _run.Fit(_run.In("run") with { Epochs = 1 });
        var path = Path.Combine(_run.Folder["run"], "last", "state.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(found, instead));
        _run.Refused(_run.In("run") with { Resume = true }).WithMessage(message);
    }

    [Fact]
    public void Damaged_state_of_TorchSharps_optimisers_is_a_checkpoint_exception()
    {
        var options = _run.In("run") with { Optimizer = p => torch.optim.SGD(p, 0.01, momentum: 0.9) };
        _run.Fit(options with { Epochs = 1 });
        var path = Path.Combine(_run.Folder["run"], "last", "optimizer.bin");
        var bytes = File.ReadAllBytes(path);
        foreach (var length in new[] { 0, 3, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            _run.Refused(options with { Resume = true });
        }
        File.Delete(path);
        _run.Refused(options with { Resume = true }).WithMessage("*optimizer.bin*");
    }

    [Fact]
    public void A_damaged_checkpoint_is_kept_when_a_run_begins_anew()
    {
        _run.Fit(_run.In("run") with { Epochs = 1 });
        File.Delete(Path.Combine(_run.Folder["run"], "last", "state.json"));
        _run.Fit(_run.In("run") with { Epochs = 1 });
        File.Exists(Path.Combine(_run.Folder["run"], "last.earlier", "model.safetensors")).Should().BeTrue();
    }
}
