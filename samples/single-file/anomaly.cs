#:project ../../src/VaeToolkit.Reports
// A model that has never seen one digit tells it from the others, and shows where.
// dotnet run samples/single-file/anomaly.cs [digit [training images [epochs]]]
using TorchSharp;
using VaeToolkit;
using VaeToolkit.Evaluation;
using VaeToolkit.Reports;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);
int Argument(int index, int otherwise) => args.Length > index ? int.Parse(args[index]) : otherwise;
var (unseen, images, epochs) = (Argument(0, 4), Argument(1, 5000), Argument(2, 4));
using var seed = SeedScope.Begin(1);
using var scope = torch.NewDisposeScope();
using var data = Digits();
using var known = Of(data, label => label != unseen);
var (train, rest) = known.Split(first: Math.Min(images, known.Count * 9 / 10), seed: 1);
using var held = rest.First(Math.Min(1000, rest.Count));
using var vae = new Vae(
    new MlpEncoder(784, latentSize: 20, hidden: [200]),
    new MlpDecoder(latentSize: 20, hidden: [200], ObservationModel.Bernoulli(784)),
    new StandardNormalPrior(20));
var options = new TrainingOptions { Epochs = epochs, BatchSize = 100, Seed = 1, CheckpointDirectory = "runs/anomaly" };
Trainer.Fit(vae, new Elbo(), train, options: options, progress: new ConsoleProgress());

using var normal = Of(data.Test!, label => label != unseen);
using var strange = Of(data.Test!, label => label == unseen);
foreach (var measure in Enum.GetValues<AnomalyMeasure>())
{
    using var detector = AnomalyDetector.Fit(vae, held, new() { Measure = measure, Importance = new() { Samples = 20, Seed = 1 } });
    Console.WriteLine($"{detector}\n  {unseen} against the others: {detector.Test(normal, strange)}");
    foreach (var batch in strange.First(12).InOrder(12))
    {
        // Above the digits as they are, below what is unusual about them.
        var where = detector.Contributions(batch.Items).flatten(1).clamp_min(0);
        ImageGrid.Save("where.png", torch.cat([batch.Items.flatten(1), where / where.amax([1L], keepdim: true)]), columns: 12, scale: 2);
    }
}
Console.WriteLine($"report: {Report.Write(options.CheckpointDirectory, new() { Data = held })}");

// MNIST where it is, in the folder that VAETOOLKIT_DATA names; drawn digits where it is not.
static ImageData Digits()
{
    try
    {
        return ImageData.Mnist();
    }
    catch (FileNotFoundException)
    {
        return ImageData.SyntheticDigits(4000, 1000, seed: 1);
    }
}

static ImageData Of(ImageData items, Func<long, bool> isWanted)
    => items.Select([.. items.ReadLabels()!.Index().Where(item => isWanted(item.Item)).Select(item => (long)item.Index)]);
