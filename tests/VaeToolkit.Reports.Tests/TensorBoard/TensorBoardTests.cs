using VaeToolkit.Training;

namespace VaeToolkit.Reports.Tests.TensorBoard;

public sealed class TensorBoardTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public void The_parser_of_the_test_has_the_published_checksum() // RFC 3720, B.4: 32 bytes of zeros
        => EventFile.Crc32C(new byte[32]).Should().Be(0x8A9136AA);

    [Fact]
    public void An_independent_reader_finds_numbers_pictures_histograms_and_settings()
    {
        using var folder = new TemporaryFolder();
        var result = run.Train(folder["run"], 3, [new TensorBoardWriter(folder["events"], every: 2, new() { Data = run.Test })]);
        result.History.Select(epoch => epoch.TrainLoss)
            .Should().Equal(run.Result.History.Select(epoch => epoch.TrainLoss), "it only looks");
        var file = EventFile.Read(Directory.GetFiles(folder["events"], "*tfevents*", SearchOption.AllDirectories).Single());
        file.Version.Should().Be("brain.Event:2");
        foreach (var epoch in result.History)
        {
            Scalar("train/loss", epoch).Should().Be((float)epoch.TrainLoss);
            Scalar("validation/loss", epoch).Should().Be((float)epoch.ValidationLoss!.Value);
            foreach (var (name, value) in epoch.Terms)
                Scalar($"train/{name}", epoch).Should().Be((float)value);
            foreach (var (name, value) in epoch.ValidationTerms!)
                Scalar($"validation/{name}", epoch).Should().Be((float)value);
            Scalar("run/learning_rate", epoch).Should().Be(0.003f);
        }
        var (_, step, height, width, encoded) = file.Images.Should().ContainSingle().Subject;
        (step, height, width).Should().Be((2L, 8 * 28L, 8 * 28L));
        encoded.Take(4).Should().Equal(0x89, (byte)'P', (byte)'N', (byte)'G');
        var (tag, _, numbers) = file.Histograms.Should().ContainSingle().Subject;
        tag.Should().Be("posterior_means");
        numbers[0].Should().BeLessThan(numbers[1]);
        numbers[2].Should().Be(200 * 6, "there are 200 items and 6 latent features");
        file.Texts.Should().ContainSingle().Which.Text.Should().Contain("| model | Vae: [1, 28, 28]").And.Contain("Elbo on 400 items");

        float Scalar(string name, EpochSummary epoch) => file.Scalars.Single(s => s.Tag == name && s.Step == epoch.Epoch).Value;
    }

    [Fact]
    public void Options_out_of_range_are_refused()
        => FluentActions.Invoking(() => new TensorBoardWriter("x", every: 0)).Should().Throw<ArgumentOutOfRangeException>();
}
