using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// The workload of <c>Peers/pytorch_vae.py</c>: a 784-300-300-40 VAE on MNIST binarised at one half, Adam with 5e-4. It prints the same
/// lines, so that one script reads both.
/// </summary>
internal static class TrainingWorkload
{
    public static void Run(SampleArguments arguments)
    {
        var seed = arguments.Number("--seed", 0, least: 0);
        // Otherwise as libtorch has it, which the peers leave alone too.
        if (arguments.Has("--tf32"))
            TorchRuntime.AllowTensorFloat32 = true;
        using var data = Images(arguments);
        using var selected = data.First(Math.Min(arguments.Number("--items", 60_000), data.Count));
        using var scope = SeedScope.Begin(seed);
        var device = arguments.Text("--device", "cpu");
        using DataSource items = arguments.Has("--conv") ? OnDevice(Padded(selected), device) : OnDevice(selected, device);
        using var vae = arguments.Has("--conv") ? NewConvolutionalModel() : NewModel(Prior(arguments.Number("--vamp", 0, least: 0), data),
            arguments.Has("--bfloat16") ? MatrixPrecision.BFloat16 : MatrixPrecision.Full);
        vae.to(device);
        if (arguments.Has("--rectifiers-apart"))
            LeaveInputs(vae);
        var options = new TrainingOptions
        {
            Epochs = arguments.Number("--epochs", 3),
            BatchSize = arguments.Number("--batch", 100),
            LearningRate = 1e-6 * arguments.Number("--rate", 500),
            Seed = seed,
            PreFlight = false,
            SplitBatches = arguments.Has("--whole") ? false : null,
            Optimizer = arguments.Has("--plain-adam") ? PlainAdam : null,
        };
        Objective<Vae> objective = arguments.Number("--importance", 1) is > 1 and var samples ? new Iwae(samples) : new Elbo();
        Trainer.Fit(vae, objective, items, validation: null, options, callbacks: [new EpochLine()]);
        if (arguments.Number("--nll", 0, least: 0) is > 0 and var images)
            PrintLikelihood(vae, OnDevice(data.Test!.First(images), device), new()
            {
                Samples = arguments.Number("--nll-samples", 500),
                ChunkSize = arguments.Number("--nll-chunk", 10),
                Seed = 99,
            });
        EpochLine.PrintPeakMemory();
    }

    public static ImageData Images(SampleArguments arguments) =>
        ImageData.Mnist(arguments.Text("--data", "") is { Length: > 0 } folder ? folder : null, Binarisation.Threshold);

    public static Vae NewModel(Func<Encoder, Prior>? prior = null, MatrixPrecision precision = MatrixPrecision.Full)
    {
        var encoder = new MlpEncoder(784, latentSize: 40, hidden: [300, 300], new() { Precision = precision });
        return new(encoder, new MlpDecoder(latentSize: 40, hidden: [300, 300], ObservationModel.Bernoulli(784),
            new() { Precision = precision }), prior?.Invoke(encoder) ?? new StandardNormalPrior(40));
    }

    private static ImageData OnDevice(ImageData data, string device) => device == "cpu" ? data : data.To(device);

    private static TensorData OnDevice(TensorData data, string device) => device == "cpu" ? data : data.To(device);

    public static Vae NewConvolutionalModel() =>
        new(new ConvEncoder([1, 32, 32], latentSize: 40),
            new ConvDecoder(latentSize: 40, ObservationModel.Bernoulli(1, 32, 32)), new StandardNormalPrior(40));

    // Images of 28 by 28 pixels in the middle of 32 by 32.
    private static TensorData Padded(ImageData images)
    {
        using var scope = torch.NewDisposeScope();
        var all = images.InOrder((int)images.Count).Select(batch => batch.Items.alias()).Single().reshape(-1, 1, 28, 28);
        return new(torch.nn.functional.pad(all, [2, 2, 2, 2]));
    }

    // Pseudo-inputs begin as the first training images, as the peer's do.
    private static Func<Encoder, Prior>? Prior(int components, ImageData data) => components == 0 ? null : encoder =>
    {
        var first = data.First(components).InOrder(components).Select(batch => batch.Items.flatten(1).DetachFromDisposeScope()).Single();
        using (first)
            return new VampPrior(encoder, [784L], components, new VampPriorOptions { InitialInputs = first });
    };

    private static void LeaveInputs(Vae vae)
    {
        foreach (var rectifier in vae.modules().OfType<TorchSharp.Modules.LeakyReLU>())
            rectifier.inplace = false;
    }

    private static TorchSharp.Modules.Adam PlainAdam(IEnumerable<TorchSharp.Modules.Parameter> parameters) =>
        torch.optim.Adam(parameters, lr: 5e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8);

    private static void PrintLikelihood(Vae vae, ImageData images, ImportanceOptions options)
    {
        var watch = Stopwatch.StartNew();
        var nll = Evaluate.NegativeLogLikelihood(vae, images, options);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"NLL {nll.Mean:F3} +- {nll.StandardError:F3} nats over {nll.Items} images, "
                + $"{nll.Samples} samples, {watch.Elapsed.TotalSeconds:F2} s"));
    }
}
