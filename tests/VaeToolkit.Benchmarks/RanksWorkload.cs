using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Distributed;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// Training steps of a 784-300-300-40 VAE by several ranks (<c>mpirun -n 2 ... ranks --batch 1000 --threads 1</c>) or by one process, and
/// how long ranks take to add up buffers of many sizes: the last line's are what eng/bench-distributed.sh reads.
/// </summary>
internal static class RanksWorkload
{
    private const int WarmUpSteps = 5;

    // A size is added up for so long, in seconds, and at least so often.
    private const double LongEnough = 0.3;
    private const int FewestSums = 3;

    /// <summary>Milliseconds of a step, the median.</summary>
    public static void Run(SampleArguments arguments) => OpenMpi.Run(exchange =>
    {
        TorchRuntime.Prepare(arguments.Number("--threads", 2));
        torch.set_num_threads(arguments.Number("--threads", 2));
        using var seed = SeedScope.Begin(1);
        var batch = arguments.Number("--batch", 100);
        using var data = ImageData.SyntheticDigits(batch * 10, 0, seed: 1);
        using var vae = TrainingWorkload.NewModel();
        var steps = new StepTimes();
        Trainer.Fit(vae, new Elbo(), data, options: new()
        {
            Epochs = arguments.Number("--epochs", 3),
            BatchSize = batch,
            PreFlight = false,
            Exchange = exchange,
        }, callbacks: [steps]);
        if (exchange.Rank == 0)
            SampleResult.Print("step", steps.Median(WarmUpSteps), "ms", "F3");
    });

    /// <summary>Milliseconds to add up buffers of 4 KB to 256 MB.</summary>
    public static void Exchange(SampleArguments arguments) => OpenMpi.Run(exchange =>
    {
        for (var bytes = 1L << 12; bytes <= 1L << arguments.Number("--largest", 28); bytes <<= 2)
        {
            var values = new float[bytes / sizeof(float)];
            exchange.AllReduce(values);
            var clock = Stopwatch.StartNew();
            exchange.AllReduce(values);
            double[] one = [exchange.Rank == 0 ? clock.Elapsed.TotalSeconds : 0];
            exchange.AllReduce(one);
            var times = (int)Math.Clamp(LongEnough / one[0], FewestSums, 10_000);
            clock.Restart();
            for (var i = 0; i < times; i++)
                exchange.AllReduce(values);
            if (exchange.Rank == 0)
                Console.WriteLine(FormattableString.Invariant($"{bytes,12} bytes {clock.Elapsed.TotalMilliseconds / times,12:F4} ms"));
        }
    });

    private sealed class StepTimes : ITrainingCallback<Vae>
    {
        private readonly List<double> _milliseconds = [];
        private long _last;

        public void StepEnded(Vae model, StepResult result)
        {
            var now = Stopwatch.GetTimestamp();
            // From step to step: an epoch's first has nothing before it.
            if (_last > 0)
                _milliseconds.Add(Stopwatch.GetElapsedTime(_last, now).TotalMilliseconds);
            _last = now;
        }

        public void EpochEnded(Vae model, EpochSummary summary) => _last = 0;

        public double Median(int warmUp) => _milliseconds.Skip(warmUp).Order().ElementAt((_milliseconds.Count - warmUp) / 2);
    }
}
