// Trains a VAE on real images, estimates its test likelihood, and writes a page on what it learned.
using System.Diagnostics;
using VaeToolkit;
using VaeToolkit.Distributed;
using VaeToolkit.Evaluation;
using VaeToolkit.Reports;
using VaeToolkit.Samples;
using VaeToolkit.Training;

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "auto, fashion-mnist, mnist, synthetic, or a folder with IDX files (auto)",
    ["--epochs"] = "epochs (15)",
    ["--batch"] = "items a batch (100)",
    ["--seed"] = "the run's seed (1234)",
    ["--out"] = "folder for weights, metrics and the report (runs/train-vae)",
    ["--distributed!"] = "divide every batch among the ranks that mpirun has started, see docs/distributed.md",
    ["--report!"] = "only write the page of the run in --out again",
    ["--short!"] = "a few seconds instead of a minute: two epochs on few images",
});
var quick = arguments.Has("--short");
var (epochs, batch, seed) = (arguments.Number("--epochs", quick ? 2 : 15), arguments.Number("--batch", 100),
    arguments.Number("--seed", 1234, least: 0));
var output = arguments.Text("--out", Path.Combine("runs", "train-vae"));
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) => (key.Cancel, _) = (true, stop.CancelAsync());

if (arguments.Has("--distributed"))
{
    OpenMpi.Run(Run);
}
else
{
    TorchRuntime.Prepare(Environment.ProcessorCount);
    Run(null);
}

void Run(IExchange? exchange)
{
    var isFirst = exchange is not { Rank: > 0 };
    using var random = SeedScope.Begin(seed);
    var (images, name) = SampleImages.Find(arguments.Text("--data", "auto"), seed);
    using var data = images;
    if (arguments.Has("--report"))
    {
        WriteReport(data, name, []);
        return;
    }
    var (train, validation) = data.Split(data.Count * 11 / 12, seed);
    if (quick)
        (train, validation) = (train.First(2_000), validation.First(500));
    using var vae = new Vae(
        new MlpEncoder(784, latentSize: 40, hidden: [300, 300]),
        new MlpDecoder(latentSize: 40, hidden: [300, 300], ObservationModel.Bernoulli(1, 28, 28)),
        new StandardNormalPrior(40));
    if (isFirst)
        Console.WriteLine($"{name}: {train.Count} images to train on, {validation.Count} to validate, {data.Test!.Count} to test\n{vae}");

    var options = new TrainingOptions
    {
        Epochs = epochs,
        BatchSize = batch,
        Seed = seed,
        LearningRate = 5e-4,
        CheckpointDirectory = output,
        Exchange = exchange,
    };
    var result = Trainer.Fit(vae, new Elbo(), train, validation, options, progress: new ConsoleProgress(), cancellationToken: stop.Token);
    var test = data.Test!.First(quick ? 100 : 1_000);
    var nll = Evaluate.NegativeLogLikelihood(vae, test, new() { Samples = quick ? 50 : 500, Seed = 99, Exchange = exchange });
    if (!isFirst)
        return;
    Console.WriteLine(result);
    Console.WriteLine(nll);
    vae.SaveWeights(Path.Combine(output, "vae.safetensors"));
    Console.WriteLine($"weights and metrics are in {output}");
    SampleArguments.PrintSettings(
        ("data", name), ("epochs", epochs), ("batch", batch), ("seed", seed), ("ranks", exchange?.Size ?? 1),
        ("threads", TorchSharp.torch.get_num_threads()));
    SampleResult.Print("test_nll", nll.Mean, "nats");
    SampleResult.Print("epoch_seconds", result.History.Average(epoch => epoch.Seconds), "s");
    SampleResult.PrintPeakMemory();
    WriteReport(data, name, new() { ["importance sampling, last epoch"] = nll });
}

void WriteReport(ImageData data, string name, Dictionary<string, LikelihoodEstimate> likelihoods)
{
    var clock = Stopwatch.StartNew();
    var report = Report.Write(
        output, new() { Title = $"VAE on {name}", DataName = name, Data = data.Test, Seed = seed, Likelihoods = likelihoods });
    SampleResult.Print("report_seconds", clock.Elapsed.TotalSeconds, "s");
    SampleResult.Print("report_size", new FileInfo(report).Length / 1e6, "MB");
    Console.WriteLine($"report: {Path.GetFullPath(report)}");
}
