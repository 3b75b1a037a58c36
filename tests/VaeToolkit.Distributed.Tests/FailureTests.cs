using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Training;
using static VaeToolkit.Distributed.Tests.ShortRun;

namespace VaeToolkit.Distributed.Tests;

/// <summary>A rank that fails ends the others, and what all know of, all throw.</summary>
public sealed class FailureTests
{
    [Fact]
    public void A_failure_within_libtorch_is_told_in_one_line()
    {
        var exchanges = new CountingExchange[2];
        var failures = Failures(2, exchange =>
        {
            exchanges[exchange.Rank] = new(exchange);
            Fit(
                exchanges[exchange.Rank], new MlpEncoder(12, 3, [16]), new FailingObjective(
                    exchange.Rank == 1 ? 2 : null, failure: new NativeError("the disk is gone\nframe #0: at::whatever")),
                Experiment.Short);
        });
        failures[1].Should().BeOfType<InvalidOperationException>().Which.Message.Should()
            .Be("a step of FailingObjective on [10, 12] float32 on cpu fails: the disk is gone");
        failures[0].Should().BeOfType<RankFailedException>().Which.Reason.Should()
            .Be("InvalidOperationException: " + failures[1].Message);
        exchanges.Should().OnlyContain(exchange => exchange.Aborts == 0, "all know");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_loss_that_is_no_number_is_thrown_on_all_ranks_and_its_rank_named(bool clipped)
    {
        var exchanges = new CountingExchange[2];
        var failures = Failures(2, exchange =>
        {
            exchanges[exchange.Rank] = new(exchange);
            Fit(
                exchanges[exchange.Rank], new MlpEncoder(12, 3, [16]), new Spoiling(exchange.Rank == 1 ? 2 : null, gradientAlone: clipped),
                Experiment.Short with { GradientClip = clipped ? 1 : null });
        });
        failures.Should().AllBeOfType<NonFiniteLossException>();
        failures[0].Message.Should().Be(failures[1].Message).And.StartWith(
            clipped ? "'gradient_norm' is NaN in training at step 2;" : "'loss' is NaN in training on rank 1 at step 2;");
        failures[0].Message.Should().Contain("the parameters were left as they were");
        exchanges.Should().OnlyContain(exchange => exchange.Aborts == 0, "each can catch it and begin again");
    }

    [Fact]
    public void Waiting_within_an_objective_is_no_work()
    {
        var results = new TrainingResult[2];
        RankThreads.Run(2, exchange => results[exchange.Rank] = Fit(
            exchange, new MlpEncoder(12, 3, [16]), new Late(exchange.Rank == 1), Experiment.Short with { Epochs = 1 }));
        var seconds = results[0].History[0].RankSeconds!;
        seconds[1].Should().BeGreaterThan(Late.Seconds * 4, "there are four steps");
        seconds[0].Should().BeLessThan(seconds[1] / 2);
    }

    [Fact]
    public void A_rank_that_ends_while_another_waits_for_it_is_named()
    {
        var caught = new List<Exception>();
        var run = new Thread(() => caught.Add(FluentActions.Invoking(() => RankThreads.Run(2, exchange =>
        {
            if (exchange.Rank == 0)
                exchange.Barrier();
        })).Should().Throw<Exception>().Which))
        { IsBackground = true };
        run.Start();
        run.Join(TimeSpan.FromMinutes(1)).Should().BeTrue("nobody waits for ever");
        caught.Single().Should().BeOfType<RankFailedException>().Which.Message.Should()
            .Be("rank 1 failed: it has ended, and others wait for it");
    }

    [Fact]
    public void A_failure_of_one_rank_is_thrown_on_all()
    {
        var failures = Failures(3, exchange => Fit(
            exchange, new MlpEncoder(12, 3, [16]), new FailingObjective(exchange.Rank == 1 ? 2 : null), Experiment.Short));
        failures[1].Should().BeOfType<InvalidDataException>().Which.Message.Should().Be("the disk is gone");
        foreach (var other in new[] { failures[0], failures[2] })
        {
            other.Should().BeOfType<RankFailedException>().Which.Message.Should()
                .Be("rank 1 failed: InvalidDataException: the disk is gone");
        }
    }

    [Fact]
    public void A_failure_within_an_objective_that_ranks_talk_in_ends_them_too()
    {
        var failures = Failures(2, exchange => Fit(
            exchange, new MlpEncoder(12, 3, [16]), new FailingObjective(exchange.Rank == 1 ? 2 : null, alone: true), Experiment.Short));
        failures[0].Should().BeOfType<RankFailedException>().Which.Rank.Should().Be(1);
    }

    [Fact]
    public void A_failure_beside_a_cancellation_is_not_taken_for_one_that_all_know_of()
    {
        var failures = Failures(3, exchange => RankedRun.Agree(exchange, () =>
        {
            if (exchange.Rank == 0)
                throw new OperationCanceledException();
            if (exchange.Rank == 1)
                throw new IOException("the disk is gone");
        }));
        failures.Select(failure => (failure.GetType(), failure.Data.Contains(RankFailedException.OfAll))).Should().Equal(
            (typeof(OperationCanceledException), true), (typeof(IOException), false), (typeof(OperationCanceledException), true));
    }

    [Fact]
    public void A_callback_of_rank_0_that_throws_ends_the_others()
    {
        var failures = Failures(2, exchange => Fit(
            exchange, new MlpEncoder(12, 3, [16]), new Elbo(), Experiment.Short, [new Throwing()]));
        failures[0].Should().BeOfType<TrainingCallbackException>();
        failures[1].Should().BeOfType<RankFailedException>().Which.Rank.Should().Be(0);
    }

    [Fact]
    public void A_weight_that_drifts_apart_is_found_after_the_epoch_and_named()
    {
        var failures = Failures(2, exchange => Fit(
            exchange, new MlpEncoder(12, 3, [16]), new Elbo(), Experiment.Short, [new Nudge(exchange.Rank)]));
        failures[0].Should().BeOfType<InvalidOperationException>().Which.Message.Should()
            .StartWith("after epoch 1 rank 1 has other values than rank 0 in 'decoder.");
    }

    // As TorchSharp throws what libtorch says.
    private sealed class NativeError(string message) : ExternalException(message);

    private sealed class Spoiling(int? at, bool gradientAlone) : Objective<Vae>
    {
        private readonly Elbo _bound = new();

        public override bool IsMeanOverItems => true;

        public override ObjectiveResult Compute(Vae model, Batch batch)
        {
            var result = _bound.Compute(model, batch);
            if (StepsTaken != at)
                return result;
            var weight = model.Decoder.parameters().First().sum();
            // The root's slope at 0 is infinite, and 0 times that no number.
            var spoiled = gradientAlone ? (weight * 0).sqrt() : weight * double.NaN;
            return new(result.Loss + spoiled, [.. result.Terms]);
        }
    }

    // One rank works longer before all talk.
    private sealed class Late(bool isLate) : Objective<Vae>
    {
        public const double Seconds = 0.25;

        private readonly Elbo _bound = new();

        public override bool IsDivisible => true;

        public override ObjectiveResult Compute(Vae model, Batch batch)
        {
            var result = _bound.Compute(model, batch);
            if (isLate)
                SpinWait.SpinUntil(() => false, TimeSpan.FromSeconds(Seconds * 1.1));
            return new(result.Loss, [new("mean", WholeBatch.Mean(result.Loss.detach()))]);
        }
    }

    private sealed class CountingExchange(IExchange inner) : IExchange
    {
        public int Aborts { get; private set; }

        public int Rank => inner.Rank;

        public int Size => inner.Size;

        public void AllReduce(Span<float> values) => inner.AllReduce(values);

        public void AllReduce(Span<double> values) => inner.AllReduce(values);

        public void Broadcast(Span<byte> values, int root) => inner.Broadcast(values, root);

        public void Barrier() => inner.Barrier();

        public void Abort(string message)
        {
            Aborts++;
            inner.Abort(message);
        }
    }

    private sealed class Nudge(int rank) : ITrainingCallback<Vae>
    {
        public bool RunsOnEveryRank => true;

        public void StepEnded(Vae model, StepResult result)
        {
            using var noGradient = torch.no_grad();
            if (rank == 1 && result.Index == 1)
                model.Decoder.parameters().First().add_(1e-3);
        }
    }

    private sealed class Throwing : ITrainingCallback<Vae>
    {
        public void StepEnded(Vae model, StepResult result) => throw new InvalidDataException("the disk is gone");
    }
}
