using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class TrainingOptionsTests
{
    [Fact]
    public void Defaults_are_as_documented()
    {
        var options = new TrainingOptions();
        options.Epochs.Should().Be(20);
        options.BatchSize.Should().Be(100);
        options.LastBatch.Should().Be(LastBatch.Keep);
        options.Seed.Should().Be(0);
        options.LearningRate.Should().Be(0.001);
        options.Optimizer.Should().BeNull();
        options.LearningRateSchedule.Should().BeNull();
        options.GradientClip.Should().BeNull();
        options.Patience.Should().BeNull();
        options.MinimumDelta.Should().Be(0);
        options.CheckpointDirectory.Should().BeNull();
        options.KeepBest.Should().BeTrue();
        options.Resume.Should().BeFalse();
        options.PreFlight.Should().BeTrue();
        options.Report.Should().BeFalse();
        options.ReportEvery.Should().BeNull();
        options.Invoking(o => o.Validate()).Should().NotThrow();
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        var options = new TrainingOptions
        {
            Epochs = 0,
            BatchSize = -1,
            LearningRate = double.NaN,
            GradientClip = 0,
            Patience = 0,
            MinimumDelta = -0.5,
            CheckpointDirectory = " ",
        };
        options.Invoking(o => o.Validate()).Should().Throw<ArgumentException>().WithMessage(
            "Training options: Epochs is 0, but must be at least 1; BatchSize is -1, but must be at least 1; "
            + "LearningRate is NaN, but must be a finite number above 0; GradientClip is 0, but must be above 0, or null for none; "
            + "Patience is 0, but must be at least 1, or null for none; MinimumDelta is -0.5, but must be a finite number of at least 0; "
            + "CheckpointDirectory is empty, but must name a folder, or be null for none.");
    }

    [Fact]
    public void A_last_batch_has_one_of_three_fates() =>
        new TrainingOptions { LastBatch = (LastBatch)7 }.Invoking(o => o.Validate())
            .Should().Throw<ArgumentException>().WithMessage("*LastBatch is 7, but must be Keep, Drop or Merge*");

    [Fact]
    public void Resuming_needs_a_folder() =>
        new TrainingOptions { Resume = true }.Invoking(o => o.Validate())
            .Should().Throw<ArgumentException>().WithMessage("*no CheckpointDirectory*");

    [Theory]
    [InlineData(true, null, null, "Report is set, but there is no CheckpointDirectory, whose run the page would show")]
    [InlineData(true, 0, "run", "ReportEvery is 0, but must be at least 1, or null for the end alone")]
    [InlineData(false, 5, "run", "ReportEvery is 5, but Report is not set")]
    public void A_report_needs_a_folder(bool report, int? every, string? folder, string fault) =>
        new TrainingOptions { Report = report, ReportEvery = every, CheckpointDirectory = folder }.Invoking(o => o.Validate())
            .Should().Throw<ArgumentException>().WithMessage($"Training options: {fault}.");

    [Fact]
    public void A_report_without_the_library_that_writes_it_is_refused_before_training()
    {
        using var folder = new TemporaryFolder();
        using var data = ImageData.SyntheticDigits(20, 10, seed: 1);
        using var vae = new Vae(
            new MlpEncoder(784, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(1, 28, 28)), new StandardNormalPrior(2));
        var options = new TrainingOptions { Epochs = 1, BatchSize = 10, CheckpointDirectory = folder["run"], Report = true };
        FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), data, options: options)).Should().Throw<InvalidOperationException>()
            .WithMessage("*no VaeToolkit.Reports, which writes the page: 'dotnet add package VaeToolkit.Reports', or leave Report out");
        Directory.Exists(folder["run"]).Should().BeFalse();
    }
}
