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

    /// <summary>Milliseconds of a step, the median; with <c>--rounds</c> beside one process with the threads of all ranks, by turns.</summary>
    public static void Run(SampleArguments arguments) => OpenMpi.Run(exchange =>
    {
        var (threads, batch, rounds) = (arguments.Number("--threads", 2), arguments.Number("--batch", 100), arguments.Number("--rounds", 1));
        TorchRuntime.Prepare(threads);
        torch.set_num_threads(threads);
        using var seed = SeedScope.Begin(1);
        using var data = ImageData.SyntheticDigits(batch * 10, 0, seed: 1);
        using var vae = TrainingWorkload.NewModel();
        var (together, alone) = (new StepTimes(), new StepTimes());
        using var turn = new Mutex(false, $"vaetoolkit-{Environment.GetEnvironmentVariable("PMIX_NAMESPACE")}");
        for (var round = 0; round < rounds; round++)
        {
            Fit(exchange, together);
            if (rounds == 1)
                break;
            // The others sleep, which waiting in MPI is not.
            if (exchange.Rank == 0)
                turn.WaitOne();
            exchange.Barrier();
            if (exchange.Rank > 0)
                turn.WaitOne();
            else
            {
                torch.set_num_threads(threads * exchange.Size);
                Fit(null, alone);
                torch.set_num_threads(threads);
            }
            turn.ReleaseMutex();
            exchange.Barrier();
        }
        if (exchange.Rank > 0)
            return;
        SampleResult.Print("step", together.Median(WarmUpSteps), "ms", "F3");
        if (rounds > 1)
        {
            SampleResult.Print("alone", alone.Median(WarmUpSteps), "ms", "F3");
            SampleResult.Print("efficiency", alone.Median(WarmUpSteps) / together.Median(WarmUpSteps), "", "F3");
        }

        void Fit(IExchange? ranks, StepTimes steps) => Trainer.Fit(vae, new Elbo(), data, options: new()
        {
            Epochs = arguments.Number("--epochs", 3),
            BatchSize = batch,
            PreFlight = false,
            Exchange = ranks,
        }, callbacks: [steps]);
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
