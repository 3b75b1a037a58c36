#:project ../../src/VaeToolkit.Reports
// A VAE on drawn digits, in twenty lines: dotnet run samples/single-file/first-vae.cs
using VaeToolkit;
using VaeToolkit.Evaluation;
using VaeToolkit.Reports;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);
using var seed = SeedScope.Begin(1);
using var data = ImageData.SyntheticDigits(2000, 500, seed: 1);
using var vae = new Vae(
    new MlpEncoder(784, latentSize: 10, hidden: [128]),
    new MlpDecoder(latentSize: 10, hidden: [128], ObservationModel.Bernoulli(784)),
    new StandardNormalPrior(10));
var options = new TrainingOptions { Epochs = 5, BatchSize = 50, Seed = 1, CheckpointDirectory = "runs/first-vae" };
Trainer.Fit(vae, new Elbo(), data, options: options, progress: new ConsoleProgress());
var nll = Evaluate.NegativeLogLikelihood(vae, data.Test!, new() { Samples = 50, Seed = 1 });
Console.WriteLine($"test NLL {nll.Mean:F1} ± {nll.StandardError:F1} nats");
Console.WriteLine($"report: {Report.Write(options.CheckpointDirectory, new() { Data = data.Test })}");
ImageGrid.Save("samples.png", vae.Sample(64, seed: 1), columns: 8);
