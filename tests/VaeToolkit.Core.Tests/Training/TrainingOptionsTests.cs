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
}
