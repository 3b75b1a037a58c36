using TorchSharp;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>How much managed memory a training step of the 784-300-300-40 VAE allocates, how many tensors it makes, and whether they pile
/// up.</summary>
internal static class StepAllocation
{
    public static void Run(SampleArguments arguments)
    {
        using var data = TrainingWorkload.Images(arguments);
        using var selected = data.First(Math.Min(arguments.Number("--items", 6_000), data.Count));
        using var scope = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var vae = TrainingWorkload.NewModel();
        var options = new TrainingOptions { Epochs = 4, BatchSize = arguments.Number("--batch", 100), PreFlight = false };
        var count = new Count();
        Trainer.Fit(vae, new Elbo(), selected, validation: null, options, callbacks: [count]);
        var steps = (selected.Count + options.BatchSize - 1) / options.BatchSize;
        SampleResult.Print("allocated_per_step", count.BytesAnEpoch / 1024.0 / steps, "KB", "F1");
        SampleResult.Print("tensors_per_step", count.TensorsMadeAnEpoch / steps, "", "F0");
        SampleResult.Print("live_tensors_added", count.TensorsAdded, "", "F0");
    }

    // Two epochs warm up: the first ones compile code and fill buffers. Tensors are counted after a collection, since some wait for it.
    private sealed class Count : ITrainingCallback<Vae>
    {
        private readonly List<(long Bytes, long Tensors, long Made)> _epochs = [];

        public double BytesAnEpoch => (_epochs[3].Bytes - _epochs[1].Bytes) / 2.0;

        public long TensorsAdded => _epochs[3].Tensors - _epochs[1].Tensors;

        public double TensorsMadeAnEpoch => (_epochs[3].Made - _epochs[1].Made) / 2.0;

        public void EpochEnded(Vae model, EpochSummary summary)
        {
            var bytes = GC.GetTotalAllocatedBytes(precise: true);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var made = DisposeScopeManager.Statistics.TensorStatistics;
            _epochs.Add((bytes, torch.Tensor.TotalCount, made.CreatedInScopeCount + made.CreatedOutsideScopeCount));
        }
    }
}
