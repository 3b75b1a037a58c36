using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>What ends before it has begun leaves no thread behind that would wait for work.</summary>
public sealed class LeftThreadsTests
{
    [Fact]
    public void A_run_that_ranks_refuse_leaves_none() => LeavesNone(() => ShortRun.Failures(2, exchange => ShortRun.Fit(
        exchange, new MlpEncoder(12, 3, [16]), new Elbo(), Experiment.Short with { Seed = exchange.Rank, SplitBatches = true }))
        .Should().AllBeOfType<ArgumentException>());

    [Fact]
    public void Nor_does_a_run_without_an_optimiser_or_a_schedule()
    {
        var options = Experiment.Short with { PreFlight = false, SplitBatches = true };
        LeavesNone(() => Alone(options with { Optimizer = _ => null! }).Should().Throw<ArgumentException>());
        LeavesNone(() => Alone(options with { LearningRateSchedule = _ => throw new InvalidDataException("no such plan") })
            .Should().Throw<InvalidDataException>());

        static Action Alone(TrainingOptions options) => () => ShortRun.Fit(
            new LoneRank(), new MlpEncoder(12, 3, [16]), new Elbo(), options);
    }

    [Fact]
    public void Nor_does_an_evaluation_of_which_another_rank_fails() => LeavesNone(() =>
    {
        using var data = Experiment.Data();
        using var vae = new Vae(
            new MlpEncoder(12, 3, [16]), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));
        var before = torch.get_num_threads();
        torch.set_num_threads(2);
        try
        {
            FluentActions.Invoking(() => Evaluate.NegativeLogLikelihood(
                vae, data, new() { Samples = 2, BatchSize = 4, Exchange = new EndsAtANumber() })).Should().Throw<RankFailedException>();
        }
        finally
        {
            torch.set_num_threads(before);
        }
    });

    private static void LeavesNone(Action act)
    {
        if (!Directory.Exists("/proc/self/task"))
            return;
        var before = Teams();
        act();
        // The system takes a moment to let go of a thread that has ended.
        SpinWait.SpinUntil(() => Teams() <= before, TimeSpan.FromSeconds(20)).Should().BeTrue();

        static int Teams() => Directory.GetDirectories("/proc/self/task").Count(task => NameOf(task) == "ThreadTeam");

        static string? NameOf(string task)
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "comm")).Trim();
            }
            catch (IOException)
            {
                // It has ended since the threads were listed.
                return null;
            }
        }
    }

    // The first of two, of which the other agrees with everything, and ends when it is asked for how many threads it has.
    private sealed class EndsAtANumber : IExchange
    {
        public int Rank => 0;

        public int Size => 2;

        public void AllReduce(Span<float> values) => throw new NotSupportedException("nothing is trained");

        public void AllReduce(Span<double> values)
        {
            if (values.ContainsAnyExcept(0.0))
                throw new RankFailedException(1, "it has ended");
        }

        public void Broadcast(Span<byte> values, int root)
        {
        }

        public void Barrier()
        {
        }

        public void Abort(string message)
        {
        }
    }
}
