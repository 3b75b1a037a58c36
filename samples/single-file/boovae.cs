#:project ../../src/VaeToolkit.Boosting
#:project ../../src/VaeToolkit.Reports
// BooVAE: two classes one after the other, and the prior remembers the first. dotnet run samples/single-file/boovae.cs
using VaeToolkit;
using VaeToolkit.Boosting;
using VaeToolkit.Reports;
using VaeToolkit.Training;

TorchRuntime.Prepare(Environment.ProcessorCount);
using var seed = SeedScope.Begin(1);
using var data = ImageData.SyntheticDigits(8000, 1000, seed: 1, binarisation: Binarisation.Threshold);
using var tasks = TaskSequence.OneClassEach(data, data.Test!, 2, validationItems: 800);
var encoder = new MlpEncoder(784, latentSize: 8, hidden: [128]);
var prior = new BoostedPrior(encoder, pseudoInputShape: [1, 28, 28], new() { MaxComponents = 5 });
using var vae = new Vae(encoder, new MlpDecoder(8, [128], ObservationModel.Bernoulli([1, 28, 28])), prior);
ContinualStrategy[] strategies = [new PriorBoosting(), new GeneratorRegularisation()];
var result = ContinualTrainer.Run(vae, tasks, strategies, new() { Epochs = 10, WarmUpEpochs = 3, BatchSize = 50, Seed = 1 });
Console.WriteLine(result);
Console.WriteLine($"forgetting {result.Forgetting:F1} nats; the prior has {prior.ComponentCount} components");
var nats = new[,] { { result.Matrix[0][0], double.NaN }, { result.Matrix[1][0], result.Matrix[1][1] } };
var page = Report.WritePage("runs/boovae.html", "BooVAE", [
    ReportSections.TaskMatrix("test NLL, nats", nats), ReportSections.Components([.. prior.WeightsOf(0), .. prior.WeightsOf(1)])]);
Console.WriteLine($"report: {page}");
