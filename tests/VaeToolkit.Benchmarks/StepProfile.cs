using System.Diagnostics;
using MathNet.Numerics.Statistics;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using static TorchSharp.torch;

namespace VaeToolkit.Benchmarks;

/// <summary>Where the time of a training step of the 784-300-300-40 VAE goes: its parts, each timed alone, and the whole.</summary>
internal static class StepProfile
{
    private const int Repeats = 100;

    // Inputs and outputs of the layers; the first one's input needs no gradient.
    private static readonly (long Inputs, long Outputs)[] s_layers = [(784, 300), (300, 300), (300, 80), (40, 300), (300, 300), (300, 784)];

    public static void Run(SampleArguments arguments)
    {
        var batch = arguments.Number("--batch", 100);
        using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var scope = NewDisposeScope();
        using var vae = TrainingWorkload.NewModel();
        using var optimizer = new FusedAdam(vae.parameters(), 5e-4);
        using var data = new TensorData(rand(10L * batch, 784).round());
        var items = rand(batch, 784).round();
        var objective = new Elbo();
        var parts = new (string Name, double Milliseconds)[]
        {
            ("products", Products(batch)),
            ("adam", Adam(vae, optimizer)),
            ("density", Density(batch)),
            ("noise", Time(() => randn(1, batch, 40).Dispose())),
            ("batch", Batch(data, batch)),
            ("forward", Time(() =>
            {
                using var inner = NewDisposeScope();
                _ = objective.Compute(vae, new(items));
            })),
            ("forward_backward", Time(() =>
            {
                using var inner = NewDisposeScope();
                optimizer.zero_grad();
                objective.Compute(vae, new(items)).Loss.backward();
            })),
            ("step", Time(() => _ = TrainingLoop.Step(vae, objective, new(items), optimizer))),
        };
        foreach (var (name, milliseconds) in parts)
            SampleResult.Print($"milliseconds_{name}", milliseconds, "ms", "F3");
    }

    // Forwards, and the two backwards.
    private static double Products(long batch)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var layers = s_layers.Select(layer => (
            X: randn(batch, layer.Inputs), W: randn(layer.Outputs, layer.Inputs), Bias: randn(layer.Outputs),
            G: randn(batch, layer.Outputs))).ToArray();
        return Time(() =>
        {
            for (var index = 0; index < layers.Length; index++)
            {
                var (x, w, bias, g) = layers[index];
                nn.functional.linear(x, w, bias).Dispose();
                using var transposed = g.t();
                transposed.mm(x).Dispose();
                if (index > 0)
                    g.mm(w).Dispose();
            }
        });
    }

    private static double Adam(Vae vae, FusedAdam optimizer)
    {
        Parameter[] parameters = [.. vae.parameters()];
        foreach (var parameter in parameters)
            parameter.grad = zeros_like(parameter);
        var time = Time(() => optimizer.step());
        optimizer.zero_grad();
        return time;
    }

    private static double Density(long batch)
    {
        using var scope = NewDisposeScope();
        var (logits, x) = (randn([batch, 784L], requires_grad: true), rand(batch, 784).round());
        return Time(() =>
        {
            using var inner = NewDisposeScope();
            new BernoulliLikelihood(logits).LogProb(x).sum().backward();
        });
    }

    private static double Batch(TensorData data, int size)
    {
        var epoch = 0;
        return Time(() =>
        {
            foreach (var _ in data.Batches(size, 1, epoch++))
                break;
        });
    }

    private static double Time(Action action)
    {
        for (var i = 0; i < Repeats / 2; i++)
            action();
        return Enumerable.Range(0, Repeats).Select(_ =>
        {
            var clock = Stopwatch.StartNew();
            action();
            return clock.Elapsed.TotalMilliseconds;
        }).Median();
    }
}
