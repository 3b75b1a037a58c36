#:project ../../src/VaeToolkit.Reports
// How far is the bound from log p(x)? More importance samples come closer from below. dotnet run samples/single-file/likelihood.cs
using VaeToolkit;
using VaeToolkit.Evaluation;
using VaeToolkit.Reports;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);
using var seed = SeedScope.Begin(1);
using var data = ImageData.SyntheticDigits(2000, 200, seed: 1);
using var vae = new Vae(
    new MlpEncoder(784, latentSize: 10, hidden: [128]),
    new MlpDecoder(latentSize: 10, hidden: [128], ObservationModel.Bernoulli(784)),
    new StandardNormalPrior(10));
var options = new TrainingOptions { Epochs = 4, BatchSize = 50, Seed = 1, CheckpointDirectory = "runs/likelihood" };
Trainer.Fit(vae, new Iwae(samples: 5), data, options: options, progress: new ConsoleProgress());
var estimates = new Dictionary<string, LikelihoodEstimate>();
foreach (var samples in new[] { 1, 10, 100, 1000 })
{
    var nll = Evaluate.NegativeLogLikelihood(vae, data.Test!, new() { Samples = samples, Seed = 1 });
    Console.WriteLine($"{samples} samples: {nll.Mean:F2} ± {nll.StandardError:F2} nats");
    estimates[$"{samples} samples"] = nll;
}
using var first = data.Test!.First(50);
var annealed = Evaluate.AnnealedImportanceSampling(vae, first, new() { Chains = 4, Temperatures = 100, Seed = 1 });
Console.WriteLine($"annealed, {annealed.Items} items: {annealed.Mean:F2} ± {annealed.StandardError:F2} nats");
estimates["annealed importance sampling"] = annealed;
Console.WriteLine($"report: {Report.Write(options.CheckpointDirectory, new() { Data = data.Test, Likelihoods = estimates })}");
