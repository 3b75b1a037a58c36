using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Rank 0's progress, which may draw without moving what all ranks draw next.</summary>
internal sealed class ApartProgress(IProgress<TrainingProgress> progress, torch.nn.Module model, long seed) : IProgress<TrainingProgress>
{
    private const long Draws = 4;

    private long _reports;

    public void Report(TrainingProgress value)
    {
        using var own = NoiseSource.Apart(NoiseSource.DeviceOf(model), (long)SplitMix64.For(seed, _reports++, Draws).Next());
        progress.Report(value);
    }
}
