#:project ../../src/VaeToolkit.Pictures
#:project ../../src/VaeToolkit.Reports
// Your own pictures, PNG, JPEG or BMP, a folder a class: dotnet run samples/single-file/pictures.cs [folder]
using TorchSharp;
using VaeToolkit;
using VaeToolkit.Pictures;
using VaeToolkit.Reports;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);
using var seed = SeedScope.Begin(1);
using var scope = torch.NewDisposeScope();
using var pictures = PictureData.Load(
    args.FirstOrDefault() ?? Drawn(), new() { Height = 32, Width = 32, Damaged = DamagedFiles.Skip });
Console.WriteLine($"{pictures.Count} pictures, {pictures.Classes.Count} classes, {pictures.Damaged.Count} files left out");
var (train, rest) = pictures.Split(first: pictures.Count * 9 / 10, seed: 1);
using var augmented = new AugmentedData(train, new() { Shift = 2 });
using var vae = new Vae(
    new ResidualEncoder([3, 32, 32], latentSize: 16, channels: [8, 16, 32]),
    new ResidualDecoder(16, ObservationModel.DiscretisedLogistic(3, 32, 32), channels: [8, 16, 32]),
    new StandardNormalPrior(16));
var options = new TrainingOptions { Epochs = 10, BatchSize = 20, Seed = 1, CheckpointDirectory = "runs/pictures" };
Trainer.Fit(vae, new Elbo(), augmented, validation: rest, options: options, progress: new ConsoleProgress());
Console.WriteLine($"report: {Report.Write(options.CheckpointDirectory, new() { Data = rest })}");
ImageGrid.Save("samples.png", vae.Sample(32, seed: 1), columns: 8, scale: 2);

// A folder of digits in colours, a sub-folder for each, where there is none of yours.
static string Drawn()
{
    using var digits = ImageData.SyntheticDigits(300, 0, seed: 1);
    var (labels, made) = (digits.ReadLabels(), 0);
    foreach (var batch in digits.InOrder(1))
    {
        var path = Path.Combine("runs", "drawn", $"{labels![made]}", $"{made:D3}.png");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        ImageGrid.Save(path, batch.Items.expand(1, 3, 28, 28) * torch.rand(1, 3, 1, 1), columns: 1, padding: 0);
        made++;
    }
    return Path.Combine("runs", "drawn");
}
