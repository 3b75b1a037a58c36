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
