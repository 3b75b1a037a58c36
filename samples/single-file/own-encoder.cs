#:project ../../src/VaeToolkit.Reports
// An encoder of your own: any TorchSharp module that returns a distribution. dotnet run samples/single-file/own-encoder.cs
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

TorchRuntime.Prepare(Environment.ProcessorCount);
using var seed = SeedScope.Begin(1);
using var data = ImageData.SyntheticDigits(2000, 500, seed: 1);
using var vae = new Vae(
    new GatedEncoder(784, 10), new MlpDecoder(latentSize: 10, hidden: [128], ObservationModel.Bernoulli(784)), new StandardNormalPrior(10));
var options = new TrainingOptions { Epochs = 5, BatchSize = 50, Seed = 1, CheckpointDirectory = "runs/own-encoder" };
var result = Trainer.Fit(vae, new Elbo(), data, data.Test, options, progress: new ConsoleProgress());
foreach (var epoch in result.History)
    Console.WriteLine($"epoch {epoch.Epoch}: validation loss {epoch.ValidationLoss:F1} nats");
Console.WriteLine($"report: {Report.Write(options.CheckpointDirectory, new() { Data = data.Test, Model = vae })}");

internal sealed class GatedEncoder : Encoder
{
    private readonly Linear _value, _gate, _head;

    public GatedEncoder(long items, long latentSize)
        : base(nameof(GatedEncoder))
    {
        LatentSize = latentSize;
        (_value, _gate, _head) = (Linear(items, 64), Linear(items, 64), Linear(64, 2 * latentSize));
        register_module("value", _value);
        register_module("gate", _gate);
        register_module("head", _head);
    }

    public override long LatentSize { get; }

    public override Posterior forward(torch.Tensor input)
    {
        var flat = input.flatten(start_dim: 1);
        var parts = _head.forward(_value.forward(flat).tanh() * _gate.forward(flat).sigmoid()).chunk(2, dim: -1);
        return new DiagonalNormal(mean: parts[0], logVariance: parts[1]);
    }
}
