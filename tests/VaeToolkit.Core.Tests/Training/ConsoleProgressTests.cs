using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class ConsoleProgressTests : IDisposable
{
    private static readonly EpochSummary s_summary = new(
        3, 15, 101.234, 99.871, new OrderedDictionary<string, double> { ["reconstruction"] = 80.1, ["kl"] = 21.134 }, null, 4.12, 0.001);

    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void The_line_has_bar_rate_time_left_and_terms()
    {
        ConsoleProgress.Line(At(5))
            .Should().Be("epoch 3/4 [##########..........] 2 steps/s, 0:07 left, loss 101.50, reconstruction 80.25, kl 21.25");
        ConsoleProgress.Line(At(0) with { StepsPerSecond = 0 }).Should().StartWith("epoch 3/4 [....................] 0 steps/s, loss");
        ConsoleProgress.Line(At(10) with { Epochs = 700 }).Should().Contain("[####################]").And.Contain(" 58:05 left");
    }

    [Fact]
    public void One_line_is_drawn_over_and_the_end_goes_to_the_next()
    {
        var progress = new ConsoleProgress(_output, redraws: true);
        progress.Report(At(5) with { Loss = 12345 });
        progress.Report(At(5));
        progress.Report(At(10) with { Stopped = StopReason.Completed });

        var parts = _output.ToString().Split('\r');
        parts.Should().HaveCount(4);
        parts[2].Should().HaveLength(parts[1].Length, "what is left of a longer line is blanked");
        parts[3].Should().EndWith(Environment.NewLine);
        _output.ToString().Count(c => c == '\n').Should().Be(1);
    }

    [Fact]
    public void A_line_never_wraps()
    {
        new ConsoleProgress(_output, redraws: true, width: 30).Report(At(5));
        _output.ToString().Should().Be("\r" + ConsoleProgress.Line(At(5))[..30]);
    }

    [Fact]
    public void A_file_gets_one_plain_line_an_epoch()
    {
        var progress = new ConsoleProgress(_output, redraws: false);
        progress.Report(At(5));
        progress.Report(At(10) with { Finished = s_summary });
        progress.Report(At(10) with { Stopped = StopReason.Completed });
        _output.ToString()
            .Should().Be("epoch 3/4: train 101.23, validation 99.87, reconstruction 80.10, kl 21.13 (4.1 s)" + Environment.NewLine);
    }

    private static TrainingProgress At(long step) => new()
    {
        Epoch = 3,
        Epochs = 4,
        Step = step,
        StepsPerEpoch = 10,
        StepsPerSecond = 2,
        Loss = 101.5,
        Terms = new OrderedDictionary<string, double> { ["reconstruction"] = 80.25, ["kl"] = 21.25 },
    };
}
