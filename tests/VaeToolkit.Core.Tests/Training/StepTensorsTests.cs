using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>What a training step of the 784-300-300-40 VAE makes anew; docs/performance.md has the figures.</summary>
public sealed class StepTensorsTests : IDisposable
{
    private readonly int _threads = torch.get_num_threads();
    private readonly SeedScope _seed = SeedScope.Begin(2);

    public StepTensorsTests() => torch.set_num_threads(1);

    public void Dispose()
    {
        _seed.Dispose();
        torch.set_num_threads(_threads);
    }

    [Fact]
    public void A_step_makes_sixty_tensors_and_twenty_kilobytes_of_managed_memory_at_most()
    {
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 40, hidden: [300, 300]),
            new MlpDecoder(latentSize: 40, hidden: [300, 300], ObservationModel.Bernoulli(784)), new StandardNormalPrior(40));
        using var data = ImageData.SyntheticDigits(count: 1_000, testCount: 0);
        var options = new TrainingOptions { Epochs = 10, BatchSize = 100, PreFlight = false, SplitBatches = false };
        var steps = new Steps();

        Trainer.Fit(vae, new Elbo(), data, validation: null, options, callbacks: [steps]);

        var latest = Enumerable.Range(steps.Ended.Count - 20, 20).Select(i => (Before: steps.Ended[i - 1], After: steps.Ended[i])).ToList();
        Median(latest.Select(step => step.After.Tensors - step.Before.Tensors)).Should().BeInRange(1, 60);
        Median(latest.Select(step => step.After.Bytes - step.Before.Bytes)).Should().BeInRange(1, 20 * 1024);
    }

    private static long Median(IEnumerable<long> values) => values.Order().ElementAt(10);

    private sealed class Steps : ITrainingCallback<Vae>
    {
        public List<(long Tensors, long Bytes)> Ended { get; } = new(capacity: 200);

        public void StepEnded(Vae model, StepResult result)
        {
            var made = DisposeScopeManager.Statistics.TensorStatistics;
            Ended.Add((made.CreatedInScopeCount + made.CreatedOutsideScopeCount, GC.GetAllocatedBytesForCurrentThread()));
        }
    }
}
