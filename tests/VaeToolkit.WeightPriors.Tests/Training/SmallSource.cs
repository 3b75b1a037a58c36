namespace VaeToolkit.WeightPriors.Tests.Training;

/// <summary>Two tiny source networks and the priors learned from them, made once for the tests that share them.</summary>
public sealed class SmallSource : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"target-{Guid.NewGuid():N}");

    public SmallSource()
    {
        Data = Balls.Draw(6, seed: 1);
        Source = SourceTraining.Run(
            UNet3dOptions.Small with { Widths = [3, 6, 6] }, Data,
            new() { Networks = 2, Training = new() { Steps = 6, Cycles = 2 } }, _folder);
        Priors = SourcePriors.Learn(Source, new() { Vae = new() { Steps = 20 } });
        Noise = Priors.LearnFromNoise(new() { Steps = 20 });
    }

    public SegmentationData Data { get; }

    public SnapshotSet Source { get; }

    public SourcePriors Priors { get; }

    public SourcePriors Noise { get; }

    public void Dispose()
    {
        Priors.Dispose();
        Noise.Dispose();
        Data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
