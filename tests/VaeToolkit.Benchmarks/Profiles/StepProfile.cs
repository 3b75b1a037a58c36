using TorchSharp;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using static TorchSharp.torch;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>
/// Where the time of a training step goes: of the steps of <see cref="Trainer"/> the objective forwards (of the slower half), all until
/// the update, the update and the whole; and what such a step has to do in any case, timed alone, by two members side by side where the
/// batch is computed in halves.
/// </summary>
internal static class StepProfile
{
    private const int BatchesAnEpoch = 10;

    // The trainer divides no batch of fewer latent vectors, and none for a VampPrior of fewer pseudo-inputs.
    private const int FewestInHalves = 64;

    public static void Run(SampleArguments arguments)
    {
        var (batch, samples, components) = (
            arguments.Number("--batch", 100), arguments.Number("--importance", 1), arguments.Number("--vamp", 0, least: 0));
        var (convolutional, threads) = (arguments.Has("--conv"), get_num_threads());
        var inHalves = threads > 1 && !arguments.Has("--whole") && batch > 1 && batch * samples >= FewestInHalves
            && (convolutional || components is 0 or >= FewestInHalves);
        using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var scope = NewDisposeScope();
        var clock = new PartClock(inHalves ? 2 : 1);
        var rows = batch / clock.Members;
        long[] item = convolutional ? [1, 32, 32] : [784];
        using var vae = Model(convolutional, components);
        using var data = new TensorData(rand([(long)BatchesAnEpoch * batch, .. item]).round());
        var (parts, step) = Trained(vae, samples > 1 ? new Iwae(samples) : new Elbo(), data, batch, inHalves);
        ProfileTable.Print(
            Name(convolutional, samples, components, batch), threads,
            ("meeting", clock.Together(_ => () => { })),
            ("products", clock.Together(_ => convolutional
                ? LayerWork.Convolutional(rows, samples) : LayerWork.Dense(rows, samples, components / clock.Members))),
            ("density_by_rows", clock.Together(_ => Density(samples, rows, item.Aggregate((a, b) => a * b)))),
            ("noise", clock.Together(member => Noise(member, samples, rows, vae.LatentSize))),
            ("batch", Batch(data, batch)),
            ("forward", parts.Forward),
            ("forward_backward", parts.ForwardBackward),
            ("adam", parts.Adam),
            ("step", step));
    }

    private static string Name(bool convolutional, int samples, int components, int batch) => convolutional ? $"conv_{batch}"
        : samples > 1 ? $"iwae_{samples}" : components > 0 ? $"vamp_{components}" : $"mlp_{batch}";

    private static Vae Model(bool convolutional, int components) => convolutional ? TrainingWorkload.NewConvolutionalModel()
        : TrainingWorkload.NewModel(components == 0 ? null : encoder => new VampPrior(encoder, [784L], components));

    // By a generator of its own, as each half draws: torch's is held by one at a time.
    private static Action Noise(int member, long samples, long rows, long latents)
    {
        var own = new Generator((ulong)member);
        return () => randn([samples, rows, latents], generator: own).Dispose();
    }

    // With its gradient. A bound of single samples has a shorter way to their mean.
    private static Action Density(long samples, long rows, long pixels)
    {
        var (logits, x) = (randn([samples, rows, pixels], requires_grad: true), rand(rows, pixels).round());
        return () =>
        {
            using var inner = NewDisposeScope();
            new BernoulliLikelihood(logits).LogProbOfChecked(x).mean().backward();
        };
    }

    private static double Batch(TensorData data, int size)
    {
        var epoch = 0;
        return PartClock.Alone(() =>
        {
            foreach (var _ in data.Batches(size, 1, epoch++))
                break;
        });
    }

    private static ((double Forward, double ForwardBackward, double Adam) Parts, double Step) Trained(
        Vae vae, Objective<Vae> objective, TensorData data, int batch, bool inHalves)
    {
        var options = new TrainingOptions { Epochs = 1_000, BatchSize = batch, PreFlight = false, SplitBatches = inHalves };
        using var steps = new TrainedSteps();
        Trainer.Fit(vae, objective, data, validation: null, options, callbacks: [steps], cancellationToken: steps.Enough);
        // The parts by an objective of its own, which beside a prior that learns has torch's products in halves.
        var timed = new TimedObjective(objective);
        using var parts = new TrainedSteps();
        Trainer.Fit(
            vae, timed, data, validation: null, options with { Optimizer = timed.Optimizer }, callbacks: [parts],
            cancellationToken: parts.Enough);
        return (timed.Medians(parts.Count), steps.Milliseconds);
    }
}
