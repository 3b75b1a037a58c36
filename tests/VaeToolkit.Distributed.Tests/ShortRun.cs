using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>A short training with parts of a test's own.</summary>
internal static class ShortRun
{
    public static TrainingResult Fit(
        IExchange exchange, Encoder encoder, Objective<Vae> objective, TrainingOptions options,
        IReadOnlyList<ITrainingCallback<Vae>>? callbacks = null, int dataSeed = 11,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var data = Experiment.Data(seed: dataSeed);
        using var vae = new Vae(encoder, new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));
        return Trainer.Fit(
            vae, objective, data, options: options with { Exchange = exchange }, callbacks: callbacks, progress: progress,
            cancellationToken: cancellation);
    }

    public static Exception[] Failures(int ranks, Action<IExchange> main)
    {
        var failures = new Exception[ranks];
        RankThreads.Run(ranks, exchange => failures[exchange.Rank] = exchange.Invoking(main).Should().Throw<Exception>().Which);
        return failures;
    }
}
