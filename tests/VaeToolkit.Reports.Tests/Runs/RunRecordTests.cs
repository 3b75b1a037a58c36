using VaeToolkit.Training;

namespace VaeToolkit.Reports.Tests.Runs;

public sealed class RunRecordTests
{
    [Theory]
    [InlineData("""{ "epochs": 4 }""", StopReason.Completed)]
    [InlineData("""{ "epochs": 9, "patience": 2 }""", StopReason.EarlyStopped)]
    [InlineData("""{ "epochs": 9, "patience": 3 }""", null)]
    [InlineData("""{ "epochs": 9, "patience": null }""", null)]
    public void The_best_epoch_and_the_end_are_those_of_the_numbers(string options, StopReason? reason)
    {
        using var made = new MadeRun().WithEpochs([9, 8, 7, 6], [9, 5, 6, 7]).WithOptions(options);
        var run = RunRecord.Read(made.Folder);
        run.Best.Epoch.Should().Be(2);
        run.BestLoss.Should().Be(5);
        run.Reason.Should().Be(reason);
    }

    [Fact]
    public void Without_validation_data_the_training_loss_decides_and_a_warm_up_does_not_count()
    {
        using var made = new MadeRun().WithEpochs([1, 2, 8, 7], null, warmUp: 2);
        RunRecord.Read(made.Folder).Best.Epoch.Should().Be(4);
    }

    [Fact]
    public void A_line_that_a_killed_run_was_writing_is_left_out()
    {
        using var made = new MadeRun().WithEpochs([9, 8], null);
        File.AppendAllText(Path.Combine(made.Folder, "metrics.jsonl"), "\n \n");
        File.AppendAllText(Path.Combine(made.Folder, "metrics.jsonl"), "{\"epoch\": 3, \"ste");
        RunRecord.Read(made.Folder).Epochs.Should().HaveCount(2);
    }

    [Fact]
    public void Files_that_an_editor_saved_with_a_byte_order_mark_are_read()
    {
        using var made = new MadeRun().WithEpochs([9, 8], null).WithOptions("\uFEFF{ \"epochs\": 2 }");
        var metrics = Path.Combine(made.Folder, "metrics.jsonl");
        File.WriteAllText(metrics, "\uFEFF" + File.ReadAllText(metrics).Replace("\n", "\r\n", StringComparison.Ordinal));
        var run = RunRecord.Read(made.Folder);
        run.Epochs.Select(epoch => epoch.TrainLoss).Should().Equal(9, 8);
        run.Reason.Should().Be(StopReason.Completed);
    }

    [Theory]
    [InlineData("{\"epoch\": 3, \"ste\n", "line 3")]
    [InlineData("null\n", "line 3: it is not epoch 3")]
    [InlineData(
        "{\"epoch\": 5, \"steps\": 1, \"train_loss\": 1, \"terms\": {}, \"seconds\": 1, \"learning_rate\": 1}\n",
        "line 3: it is not epoch 3")]
    public void A_damaged_line_is_refused_by_its_number(string line, string told)
    {
        using var made = new MadeRun().WithEpochs([9, 8], null);
        File.AppendAllText(Path.Combine(made.Folder, "metrics.jsonl"), line);
        FluentActions.Invoking(() => RunRecord.Read(made.Folder)).Should().Throw<InvalidDataException>()
            .WithMessage($"*metrics.jsonl*{told}*");
    }

    [Fact]
    public void A_folder_without_a_run_and_damaged_options_are_refused_by_name()
    {
        using var made = new MadeRun();
        FluentActions.Invoking(() => RunRecord.Read(made.Folder)).Should().Throw<FileNotFoundException>().WithMessage("*metrics.jsonl*");
        made.WithEpochs([9], null).WithOptions("{\n\"epochs\": }");
        FluentActions.Invoking(() => RunRecord.Read(made.Folder)).Should().Throw<InvalidDataException>()
            .WithMessage("*options.json*line 2*");
        made.WithOptions("[]");
        FluentActions.Invoking(() => RunRecord.Read(made.Folder)).Should().Throw<InvalidDataException>()
            .WithMessage("*options.json*not a JSON object*");
    }

    [Fact]
    public void Settings_are_read_by_their_paths()
    {
        using var made = new MadeRun().WithEpochs([9], null).WithState("Elbo", new() { ["Elbo.Samples"] = "3", ["GradientClip"] = "none" });
        var run = RunRecord.Read(made.Folder);
        run.Objective.Should().Be("Elbo");
        run.Settings.Should().Equal(new Dictionary<string, string> { ["Elbo.Samples"] = "3", ["GradientClip"] = "none" });
        run.ToString().Should().StartWith("run: 1 epochs, best epoch 1: train 9.00");
    }
}
