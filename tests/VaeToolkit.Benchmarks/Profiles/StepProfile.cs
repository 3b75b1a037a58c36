using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using static TorchSharp.torch;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>
/// Where the time of a training step goes: its parts, each timed alone, and the whole as <see cref="Trainer"/> takes it. With several
/// threads the parts of two halves of the batch are timed side by side, unless it is to be kept whole.
/// </summary>
internal static class StepProfile
{
    private const int BatchesAnEpoch = 10;

    public static void Run(SampleArguments arguments)
    {
        var (batch, samples, components) = (
            arguments.Number("--batch", 100), arguments.Number("--importance", 1), arguments.Number("--vamp", 0, least: 0));
        var (convolutional, threads, whole) = (arguments.Has("--conv"), get_num_threads(), arguments.Has("--whole"));
        using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var scope = NewDisposeScope();
        var clock = new PartClock(threads == 1 || whole ? 1 : 2);
        var rows = batch / clock.Members;
        long[] item = convolutional ? [1, 32, 32] : [784];
        using var vae = Model(convolutional, components);
        using var optimizer = new FusedAdam(vae.parameters(), 5e-4);
        using var data = new TensorData(rand([(long)BatchesAnEpoch * batch, .. item]).round());
        Objective<Vae> objective = samples > 1 ? new Iwae(samples) : new Elbo();
        var (forward, both) = Halves(clock, () => Model(convolutional, components / clock.Members), objective, [rows, .. item]);
        var options = new TrainingOptions
        {
            Epochs = 1_000,
            BatchSize = batch,
            LearningRate = 5e-4,
            PreFlight = false,
            SplitBatches = whole ? false : null,
        };
        ProfileTable.Print(
            Name(convolutional, samples, components, batch), threads,
            ("products", clock.Together(_ => convolutional
                ? LayerWork.Convolutional(rows, samples) : LayerWork.Dense(rows, samples, components / clock.Members))),
            ("density", clock.Together(_ => Density(samples, rows, item.Aggregate((a, b) => a * b)))),
            ("noise", clock.Together(_ => () => randn(samples, rows, vae.LatentSize).Dispose())),
            ("batch", Batch(data, batch)),
            ("adam", Adam(vae, optimizer)),
            ("forward", forward),
            ("forward_backward", both),
            ("step_without_adam", Trained(vae, objective, data, options with { Optimizer = p => new Still(p) })),
            ("step", Trained(vae, objective, data, options)));
    }

    private static string Name(bool convolutional, int samples, int components, int batch) => convolutional ? $"conv_{batch}"
        : samples > 1 ? $"iwae_{samples}" : components > 0 ? $"vamp_{components}" : $"mlp_{batch}";

    private static Vae Model(bool convolutional, int components) => convolutional ? TrainingWorkload.NewConvolutionalModel()
        : TrainingWorkload.NewModel(components == 0 ? null : encoder => new VampPrior(encoder, [784L], components));

    // Each member has a model of its own, with its part of the pseudo-inputs.
    private static (double Forward, double ForwardBackward) Halves(
        PartClock clock, Func<Vae> model, Objective<Vae> objective, long[] shape)
    {
        Vae[] models = [.. Enumerable.Range(0, clock.Members).Select(_ => model())];
        FusedAdam[] optimizers = Array.ConvertAll(models, one => new FusedAdam(one.parameters()));
        Tensor[] items = Array.ConvertAll(models, _ => rand(shape).round());
        var forward = clock.Together(member => () =>
        {
            using var inner = NewDisposeScope();
            _ = objective.Compute(models[member], new(items[member]));
        });
        var both = clock.Together(
            member => () =>
            {
                using var inner = NewDisposeScope();
                objective.Compute(models[member], new(items[member])).Loss.backward();
            },
            () => Array.ForEach(optimizers, one => one.zero_grad()));
        Array.ForEach<IDisposable>([.. optimizers, .. models], one => one.Dispose());
        return (forward, both);
    }

    private static double Adam(Vae vae, FusedAdam optimizer)
    {
        Parameter[] parameters = [.. vae.parameters()];
        foreach (var parameter in parameters)
            parameter.grad = zeros_like(parameter);
        var time = PartClock.Alone(() => optimizer.step());
        optimizer.zero_grad();
        return time;
    }

    private static Action Density(long samples, long rows, long pixels)
    {
        var (logits, x) = (randn([samples, rows, pixels], requires_grad: true), rand(rows, pixels).round());
        return () =>
        {
            using var inner = NewDisposeScope();
            new BernoulliLikelihood(logits).LogProb(x).sum().backward();
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

    private static double Trained(Vae vae, Objective<Vae> objective, TensorData data, TrainingOptions options)
    {
        using var steps = new TrainedSteps();
        Trainer.Fit(vae, objective, data, validation: null, options, callbacks: [steps], cancellationToken: steps.Enough);
        return steps.Milliseconds;
    }

    /// <summary>An optimiser that leaves the parameters alone.</summary>
    private sealed class Still(IEnumerable<Parameter> trained) : optim.Optimizer(IntPtr.Zero)
    {
        private readonly FusedAdam _inner = new(trained);

        public override IEnumerable<optim.ILearningRateController> ParamGroups => _inner.ParamGroups;

        public override IEnumerable<Parameter> parameters() => _inner.parameters();

        public override void zero_grad() => _inner.zero_grad();

        public override Tensor step(Func<Tensor>? closure = null) => null!;

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
                _inner.Dispose();
        }
    }
}
