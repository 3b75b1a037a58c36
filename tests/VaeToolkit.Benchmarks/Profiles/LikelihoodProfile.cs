using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using static TorchSharp.torch;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>
/// Where the time of an estimate of likelihoods goes: of ten samples for each of a hundred images, by every thread. What is left of it
/// beside the draws and the prior is the decoder with the densities, and some sums.
/// </summary>
internal static class LikelihoodProfile
{
    private const int Images = 100;

    public static void Run(SampleArguments arguments)
    {
        var (chunk, threads) = (arguments.Number("--nll-chunk", 10), get_num_threads());
        using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var scope = NewDisposeScope();
        using var vae = TrainingWorkload.NewModel();
        var clock = new PartClock(Math.Min(2, threads));
        using var data = new TensorData(rand(clock.Members * Images, 784).round());
        var x = rand(Images, 784).round();
        var (posterior, z) = Drawn(vae, x, chunk);
        var draws = clock.Together(member => WithoutGradient(() =>
        {
            using var own = NoiseSource.Begin(vae, member);
            posterior.RSampleAndLogProb(chunk);
        }));
        var prior = clock.Together(_ => WithoutGradient(() => vae.Prior.LogProbExplained(z)));
        var all = Chunk(vae, data, chunk, arguments.Number("--nll-samples", 1_000));
        ProfileTable.Print(
            "nll", threads,
            ("meeting", clock.Together(_ => () => { })),
            ("draws", draws),
            ("prior", prior),
            ("products_by_operators", clock.Together(_ => LayerWork.DecoderForwards(Images * chunk))),
            ("decoder_and_density_by_operators", clock.Together(_ => WithoutGradient(() => vae.DecodeOfChecked(z).LogProbOfChecked(x)))),
            ("decoder_and_density", all - draws - prior),
            ("chunk", all));
    }

    private static (Posterior Posterior, Tensor Z) Drawn(Vae vae, Tensor x, int chunk)
    {
        using var noGradient = no_grad();
        var posterior = vae.EncodeOfChecked(x);
        return (posterior, posterior.RSampleAndLogProb(chunk).Sample);
    }

    private static Action WithoutGradient(Action action) => () =>
    {
        using var inner = NewDisposeScope();
        using var noGradient = no_grad();
        action();
    };

    // Each member has its images in a batch of its own, and takes one chunk after the other.
    private static double Chunk(Vae vae, TensorData data, int chunk, int samples)
    {
        var options = new ImportanceOptions { Samples = samples, ChunkSize = chunk, BatchSize = Images };
        Evaluate.NegativeLogLikelihood(vae, data, options with { Samples = 10 * chunk });
        return Enumerable.Range(0, 5).Select(_ =>
        {
            var clock = Stopwatch.StartNew();
            Evaluate.NegativeLogLikelihood(vae, data, options);
            return clock.Elapsed.TotalMilliseconds * chunk / samples;
        }).Order().ElementAt(2);
    }
}
