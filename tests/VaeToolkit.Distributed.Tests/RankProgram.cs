using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>What runs when the test assembly is started as a program: one of the ranks. The first argument says what it does.</summary>
internal static class RankProgram
{
    /// <summary>Epochs of a run that is to be killed and resumed.</summary>
    public const int LongEpochs = 10;

    /// <summary>While a file of this name is in its folder, such a run waits at the end of the second epoch until it is killed.</summary>
    public const string Hold = "hold";

    /// <summary>The command that starts ranks of it.</summary>
    public static IReadOnlyList<string> Command(int ranks, params IEnumerable<string> arguments)
        => ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", $"{ranks}", .. Alone(arguments)];

    /// <summary>The command that starts it by itself.</summary>
    public static IReadOnlyList<string> Alone(params IEnumerable<string> arguments)
        => ["dotnet", "exec", typeof(RankProgram).Assembly.Location, .. arguments];

    private static int Main(string[] arguments) => OpenMpi.Run(exchange => arguments[0] switch
    {
        "train" => Train(exchange, arguments[1], arguments[2], splits: bool.Parse(arguments[3])),
        "train-reaching" => Train(new ReachingExchange(exchange), arguments[1], arguments[2], splits: bool.Parse(arguments[3])),
        "part" => SumPart((MpiExchange)exchange),
        "long" => Long(exchange, arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture)),
        "same" => Same(arguments[1], arguments[2]),
        "fails" => Fails(exchange, int.Parse(arguments[1], CultureInfo.InvariantCulture)),
        "differs" => Differs(exchange, arguments[1]),
        "rank" => Say(FormattableString.Invariant($"rank {exchange.Rank} of {exchange.Size}, {torch.get_num_threads()} threads")),
        var other => throw new ArgumentException($"'{other}' is not known"),
    });

    /// <summary>What a training came to, as it is written to a file.</summary>
    public static Outcome Read(string path)
    {
        var parts = File.ReadAllLines(path)
            .Select(line => MemoryMarshal.Cast<byte, double>(Convert.FromHexString(line)).ToArray()).ToList();
        return new(parts[0], parts[1], parts[2]);
    }

    private static int Train(IExchange exchange, string name, string path, bool splits)
    {
        torch.set_num_threads(1);
        var outcome = new Experiment(name, Experiment.Short with { SplitBatches = splits, Exchange = exchange }).Run();
        if (exchange.Rank == 0)
            File.WriteAllLines(path, new[] { outcome.Training, outcome.Validation, outcome.Weights }.Select(
                numbers => Convert.ToHexString(MemoryMarshal.AsBytes<double>(numbers))));
        return 0;
    }

    // What lies beside a part stays as it is.
    private static int SumPart(MpiExchange exchange)
    {
        foreach (var type in new[] { torch.ScalarType.Float32, torch.ScalarType.Float64 })
        {
            using var all = torch.arange(10, dtype: type);
            using var part = all.narrow(0, 3, 4);
            exchange.AllReduce(part);
            Say($"{type}: {string.Join(' ', all.Values())}");
        }
        using var numbers = torch.arange(10, dtype: torch.float32);
        foreach (var refused in new[] { numbers.slice(0, 0, 10, 2), numbers.to(torch.int64) })
        {
            using (refused)
                Say($"refused: {exchange.Invoking(each => each.AllReduce(refused)).Should().Throw<ArgumentException>().Which.Message}");
        }
        return Say($"CUDA's memory: {exchange.Reaches(DeviceType.CUDA)}, the CPU's: {exchange.Reaches(torch.CPU)}");
    }

    // Whether two outcomes are the same to the last bit.
    private static int Same(string one, string other)
    {
        var difference = Read(one).DifferenceFrom(Read(other));
        Console.WriteLine(FormattableString.Invariant($"largest differences: {difference}"));
        return difference == (0, 0, 0) ? 0 : 1;
    }

    // Goes on where it stood. The first line of each rank says which process it is.
    private static int Long(IExchange exchange, string folder, int epochs)
    {
        torch.set_num_threads(1);
        Console.WriteLine(FormattableString.Invariant($"rank {exchange.Rank} is process {Environment.ProcessId}"));
        var options = Experiment.Short with
        {
            Epochs = epochs,
            Exchange = exchange,
            CheckpointDirectory = Path.Combine(folder, "run"),
            Resume = true,
        };
        using var trainee = (Trainee<Vae>)new Experiment("geco", options).Make();
        var outcome = trainee.Train(options, [new Waiting(Path.Combine(folder, Hold))], progress: null);
        if (exchange.Rank == 0)
            File.WriteAllLines(Path.Combine(folder, "outcome"), new[] { outcome.Training, outcome.Validation, outcome.Weights }.Select(
                numbers => Convert.ToHexString(MemoryMarshal.AsBytes<double>(numbers))));
        return 0;
    }

    private static int Fails(IExchange exchange, int rank)
    {
        torch.set_num_threads(1);
        using var trainee = new Experiment("elbo", Experiment.Short).Make();
        using var data = Experiment.Data();
        Trainer.Fit(
            (Vae)trainee.Model, new FailingObjective(failsAt: exchange.Rank == rank ? 3 : null, alone: true, failing: TellTheTime), data,
            options: Experiment.Short with { Exchange = exchange });
        return 0;
    }

    // For eng/check-distributed.sh.
    private static void TellTheTime()
        => Console.WriteLine(FormattableString.Invariant($"throws at {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} ms"));

    // Rank 1 has something else.
    private static int Differs(IExchange exchange, string what)
    {
        torch.set_num_threads(1);
        var isOther = exchange.Rank == 1;
        var options = Experiment.Short with
        {
            LearningRate = isOther && what == "rate" ? 0.02 : 0.01,
            PreFlight = !(isOther && what == "pre-flight"),
        };
        try
        {
            ShortRun.Fit(exchange, new MlpEncoder(12, 3, isOther && what == "layers" ? [16, 16] : [16]), new Elbo(), options);
        }
        catch (ArgumentException refusal)
        {
            return Say(FormattableString.Invariant($"rank {exchange.Rank}: {refusal.Message}"));
        }
        throw new UnreachableException();
    }

    private static int Say(string text)
    {
        Console.WriteLine(text);
        return 0;
    }

    // Waits after the second epoch until it is killed, while there is a file.
    private sealed class Waiting(string file) : ITrainingCallback<Vae>
    {
        public void EpochEnded(Vae model, EpochSummary summary)
        {
            if (summary.Epoch == 2 && File.Exists(file))
                Thread.Sleep(Timeout.Infinite);
        }
    }
}
