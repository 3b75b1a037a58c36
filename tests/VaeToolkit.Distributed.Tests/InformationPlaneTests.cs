using TorchSharp;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>The information curve by ranks.</summary>
public sealed class InformationPlaneTests
{
    private const int Features = 6;

    [Fact]
    public void Ranks_trace_one_curve_which_rank_0_tells_of()
    {
        var told = new Told[] { new(), new() };
        var curves = new IReadOnlyList<InformationCurvePoint>[3];
        var alone = Weights(Make(), model => curves[2] = Trace(model, null));
        var (models, outcomes) = (new[] { Make(), Make() }, new double[2][]);
        RankThreads.Run(2, exchange => outcomes[exchange.Rank] = Weights(
            models[exchange.Rank], model => curves[exchange.Rank] = Trace(model, exchange, told[exchange.Rank])));
        outcomes[1].Should().Equal(outcomes[0]);
        Outcome.Largest(outcomes[0], alone).Should().BeLessThan(2e-5);
        told.Select(points => points.Count).Should().Equal(2, 0);
        // Other draws give another likelihood by a thousandth and more.
        curves.Should().AllSatisfy(curve => Numbers(curve).Zip(Numbers(curves[2])).Should().HaveCount(4).And.OnlyContain(
            pair => Math.Abs(pair.First - pair.Second) < 1e-4));

        static double[] Numbers(IReadOnlyList<InformationCurvePoint> curve)
            => [.. curve.SelectMany(point => new[] { point.Point.Rate, point.Point.LogLikelihood })];
    }

    [Fact]
    public void A_curve_that_is_cancelled_on_one_rank_ends_on_all_without_a_point_more()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var (models, told) = (new[] { Make(), Make() }, new Told[] { new(), new() });
        var failures = ShortRun.Failures(2, exchange => Trace(
            models[exchange.Rank], exchange, told[exchange.Rank], cancellation: exchange.Rank == 1 ? cancelled.Token : default));
        failures.Should().AllBeOfType<OperationCanceledException>();
        told.Should().OnlyContain(points => points.Count == 0);
    }

    [Fact]
    public void One_that_is_cancelled_on_one_rank_after_a_point_keeps_that()
    {
        using var cancelled = new CancellationTokenSource();
        var (models, told) = (new[] { Make(), Make() }, new Told(cancelled.Cancel));
        var failures = ShortRun.Failures(2, exchange => Trace(
            models[exchange.Rank], exchange, told, cancellation: exchange.Rank == 0 ? cancelled.Token : default));
        failures.Should().AllBeOfType<OperationCanceledException>();
        told.Count.Should().Be(1);
    }

    [Fact]
    public void Pairs_that_one_rank_alone_cannot_use_end_all()
    {
        var models = new[] { Make(), Make() };
        // Outside of Bernoulli pixels.
        var failures = ShortRun.Failures(2, exchange => Trace(models[exchange.Rank], exchange, scale: exchange.Rank == 1 ? 3 : 1));
        failures[1].Should().BeOfType<PreFlightException>();
        failures[0].Should().BeOfType<RankFailedException>().Which.Reason.Should().StartWith("PreFlightException: ");
    }

    [Fact]
    public void Ranks_with_other_grids_are_refused_before_the_first_of_them()
    {
        var (models, told) = (new[] { Make(), Make() }, new Told());
        var failures = ShortRun.Failures(2, exchange => Trace(
            models[exchange.Rank], exchange, told, betas: exchange.Rank == 1 ? [1e-3, 0.1, 1] : [1e-3, 0.1]));
        failures.Should().AllBeOfType<ArgumentException>().And.OnlyContain(
            failure => failure.Message.StartsWith("the ranks do not train the same: Rank 1: grid of β is ", StringComparison.Ordinal));
        told.Count.Should().Be(0);
    }

    private static double[] Weights(InformationBottleneck model, Action<InformationBottleneck> train)
    {
        using (model)
        {
            train(model);
            return [.. model.parameters().SelectMany(weight => weight.Values())];
        }
    }

    private static IReadOnlyList<InformationCurvePoint> Trace(
        InformationBottleneck model, IExchange? exchange, IProgress<InformationCurvePoint>? progress = null, double scale = 1,
        double[]? betas = null, CancellationToken cancellation = default)
    {
        using var train = Pairs(61, seed: 11, scale);
        using var test = Pairs(30, seed: 12, 1);
        return InformationPlane.Trace(
            model, train, test, new()
            {
                Betas = [.. (betas ?? [1e-3, 0.1]).Select(beta => BetaWeight.OnKl(beta))],
                Training = Experiment.Short with { Epochs = 1, Exchange = exchange },
                FirstEpochs = 2,
                // Many draws, so that two ranks cannot but draw between each other's.
                Measurement = new() { Samples = 50, BatchSize = 2 },
            }, progress, cancellation).Points;
    }

    private static TwoViews Pairs(int count, int seed, double scale)
    {
        using var random = new torch.Generator((ulong)seed, torch.CPU);
        using var input = torch.rand([count, Features], generator: random);
        using var target = torch.rand([count, Features], generator: random) * scale;
        return TwoViews.Of(input, target);
    }

    private static InformationBottleneck Make()
    {
        using var seed = SeedScope.Begin(3);
        return new(
            new MlpEncoder(Features, 3, [8]), new LinearDecoder(3, ObservationModel.Bernoulli(Features)), new StandardNormalPrior(3),
            Features);
    }

    private sealed class Told(Action? told = null) : IProgress<InformationCurvePoint>
    {
        public int Count { get; private set; }

        public void Report(InformationCurvePoint value)
        {
            Count++;
            told?.Invoke();
        }
    }
}
