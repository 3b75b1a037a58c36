using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Pictures.Tests;

/// <summary>Models trained on folders.</summary>
public sealed class PictureRunTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_run_from_memory_goes_on_from_disk_as_if_nothing_had_happened()
    {
        for (var i = 0; i < 23; i++)
            PictureFiles.Write(_folder[$"pictures/{i:D2}.png"], PictureFiles.Colours(4, 4, i), 4, 4);
        using var memory = PictureData.Load(_folder["pictures"]);
        using var stream = PictureData.Stream(_folder["pictures"], new() { BatchesAhead = 3 });
        var whole = Run(memory, epochs: 4, "whole", resume: false);
        Run(memory, epochs: 2, "parts", resume: false).Should().Equal(whole[..2]);
        Run(stream, epochs: 4, "parts", resume: true).TakeLast(2).Should().Equal(whole[2..]);
    }

    [Fact]
    public void A_run_does_not_go_on_with_a_picture_that_was_changed_or_is_of_another_class()
    {
        for (var i = 0; i < 10; i++)
            PictureFiles.Write(_folder[$"pictures/{i % 2}/{i:D2}.png"], PictureFiles.Colours(4, 4, i), 4, 4);
        using (var before = PictureData.Load(_folder["pictures"]))
            Run(before, epochs: 1, "run", resume: false);
        File.Move(_folder["pictures/0/08.png"], _folder["pictures/1/08.png"]);
        RequireRefused();
        File.Move(_folder["pictures/1/08.png"], _folder["pictures/0/08.png"]);
        PictureFiles.Write(_folder["pictures/1/09.png"], PictureFiles.Colours(4, 4, 10), 4, 4);
        RequireRefused();
        PictureFiles.Write(_folder["pictures/1/09.png"], PictureFiles.Colours(4, 4, 9), 4, 4);
        using var again = PictureData.Stream(_folder["pictures"]);
        Run(again, epochs: 2, "run", resume: true).Should().HaveCount(2);

        void RequireRefused()
        {
            using var after = PictureData.Load(_folder["pictures"]);
            FluentActions.Invoking(() => Run(after, epochs: 2, "run", resume: true))
                .Should().Throw<CheckpointException>().WithMessage("*content of the training data was *, now it is *");
        }
    }

    [RealDataFact("pictures")]
    public void Real_pictures_are_trained_on_with_three_lines()
    {
        using var seed = SeedScope.Begin(1);
        using var pictures = PictureData.Load(Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "pictures"));
        using var vae = new Vae(
            new ResidualEncoder([3, 32, 32], 8, [8, 16]),
            new ResidualDecoder(8, ObservationModel.DiscretisedLogistic(3, 32, 32), [8, 16]), new StandardNormalPrior(8));
        var history = Trainer.Fit(vae, new Elbo(), pictures, options: new() { Epochs = 3, BatchSize = 20 }).History;
        history[^1].TrainLoss.Should().BeLessThan(history[0].TrainLoss);
    }

    private double[] Run(DataSource data, int epochs, string folder, bool resume)
    {
        using var seed = SeedScope.Begin(2);
        using var vae = new Vae(
            new MlpEncoder(48, 2, [6]), new MlpDecoder(2, [6], ObservationModel.Gaussian(0.1, 3, 4, 4)), new StandardNormalPrior(2));
        return [.. Trainer.Fit(vae, new Elbo(), data, options: new()
        {
            Epochs = epochs,
            BatchSize = 5,
            Seed = 7,
            CheckpointDirectory = _folder[folder],
            Resume = resume,
        }).History.Select(epoch => epoch.TrainLoss)];
    }
}
