// Serves a trained model over HTTP, with a page to play with: http://localhost:5080.
using VaeToolkit;
using VaeToolkit.Samples;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--model"] = "a model's folder, such as runs/train-vae/best of TrainVae; without one a small model is trained, in seconds",
    ["--data"] = "the model's kind of images: digits (MNIST, else drawn), mnist, fashion-mnist, synthetic, or a folder (digits)",
    ["--out"] = "folder for the weights and the report of a model that is trained here (runs/serve-model)",
    ["--port"] = "port on this machine; 0 takes a free one (5080)",
    ["--seed"] = "the seed of training and data (1234)",
    ["--load"] = "makes so many requests itself, and prints how many a second and how long they took",
    ["--rough"] = "makes so many requests of all kinds, most of them bad, and counts the answers",
    ["--clients"] = "how many of these at once (64)",
    ["--short!"] = "trains for a second or two, makes one request to each endpoint and stops",
});
var quick = arguments.Has("--short");
var (load, rough) = (arguments.Number("--load", 0, least: 0), arguments.Number("--rough", 0, least: 0));
var serves = !quick && load == 0 && rough == 0;
var seed = arguments.Number("--seed", 1234, least: 0);
var output = arguments.Text("--out", Path.Combine("runs", "serve-model"));
var port = arguments.Number("--port", serves ? 5080 : 0, least: 0);

using var model = ModelSource.Open(arguments.Text("--model", ""), arguments.Text("--data", "digits"), seed, quick, output);
Console.WriteLine($"{model.Description}\n{model.Activity}\nscore: {model.Detector}");
var limits = new ServiceLimits();
await using var service = Service.Build(model, limits, port);
await service.StartAsync();
var address = new Uri(service.Urls.First());
Console.WriteLine($"serving at {address} (Ctrl+C stops it)");

if (quick)
    await Tour.Run(address, model);
if (load > 0)
    await LoadTest.Run(address, model, load, arguments.Number("--clients", 64));
if (rough > 0)
{
    var faults = await RoughTest.Run(address, model.ItemSize, model.LatentSize, rough, arguments.Number("--clients", 64));
    Environment.ExitCode = faults > 0 ? 1 : 0;
}
if (serves)
    await service.WaitForShutdownAsync();
await service.StopAsync();
SampleArguments.PrintSettings(("seed", seed), ("concurrency", limits.Concurrency), ("items_at_most", limits.Items));
SampleResult.PrintPeakMemory();
