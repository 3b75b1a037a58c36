#:project ../../src/VaeToolkit.Reports
// GECO: an error is asked for, and the weight of the constraint finds itself. dotnet run samples/single-file/geco.cs
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);
using var seed = SeedScope.Begin(1);
using var data = ImageData.SyntheticDigits(2000, 500, seed: 1);
using var vae = new Vae(
    new MlpEncoder(784, latentSize: 10, hidden: [128]),
    new MlpDecoder(latentSize: 10, hidden: [128], ObservationModel.Gaussian(variance: 1, 784)),
    new StandardNormalPrior(10));
var geco = new Geco(new GecoOptions { Tolerance = 0.03, AverageDecay = 0.9 });
var options = new TrainingOptions { Epochs = 20, BatchSize = 50, Seed = 1, CheckpointDirectory = "runs/geco" };
var result = Trainer.Fit(vae, geco, data, options: options, progress: new ConsoleProgress());
foreach (var epoch in result.History)
    Console.WriteLine($"epoch {epoch.Epoch}: {string.Join(", ", epoch.Terms.Select(term => $"{term.Key} {term.Value:F3}"))}");
Console.WriteLine($"the constraint's weight is {geco.Multiplier:F3}");
Console.WriteLine($"report: {Report.Write(options.CheckpointDirectory, new() { Data = data.Test })}");
