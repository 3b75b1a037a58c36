#:project ../../src/VaeToolkit.Reports
// What a latent space of two numbers looks like, in two pictures: dotnet run samples/single-file/latent-pictures.cs
using TorchSharp;
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);
using var seed = SeedScope.Begin(1);
using var scope = torch.NewDisposeScope();
using var data = ImageData.SyntheticDigits(2000, 500, seed: 1);
using var vae = new Vae(
    new MlpEncoder(784, latentSize: 2, hidden: [128]),
    new MlpDecoder(latentSize: 2, hidden: [128], ObservationModel.Bernoulli([1, 28, 28])),
    new StandardNormalPrior(2));
var options = new TrainingOptions { Epochs = 8, BatchSize = 50, Seed = 1, CheckpointDirectory = "runs/latent-pictures" };
Trainer.Fit(vae, new Elbo(), data, options: options, progress: new ConsoleProgress());
ImageGrid.Save("map.png", LatentPictures.Map2D(vae, side: 15), columns: 15);
using var two = data.Test!.First(2);
foreach (var batch in two.InOrder(2))
    ImageGrid.Save("way.png", LatentPictures.Interpolation(vae, batch.Items.narrow(0, 0, 1), batch.Items.narrow(0, 1, 1)), columns: 11);
Console.WriteLine("map.png: the decoded plane; way.png: from one image to another");
Console.WriteLine($"report: {Report.Write(options.CheckpointDirectory, new() { Data = data.Test })}");
