using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit;
using VaeToolkit.Storage;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

namespace Documentation.Pages;

/// <summary>An encoder of one hidden layer.</summary>
#region
internal sealed class PlainEncoder : Encoder
{
    private readonly Sequential _body = Sequential(Linear(784, 300), ReLU());
    private readonly Linear _head = Linear(300, 2 * 40);

    public PlainEncoder()
        : base(nameof(PlainEncoder))
    {
        register_module("body", _body);
        register_module("head", _head);
    }

    public override long LatentSize => 40;

    public override Posterior forward(torch.Tensor input)
    {
        var parts = _head.forward(_body.forward(input.flatten(start_dim: 1))).chunk(2, dim: -1);
        return new DiagonalNormal(mean: parts[0], logVariance: parts[1]);
    }
}
#endregion

/// <summary>A loop in the user's own hands.</summary>
#region
internal static class PlainLoop
{
    public static void Run(Vae vae, DataSource train)
    {
        var objective = new Elbo();
        using var optimizer = torch.optim.Adam(vae.parameters(), 1e-3);
        for (var epoch = 0; epoch < 20; epoch++)
        {
            foreach (var batch in train.Batches(size: 100, seed: 1, epoch))
                TrainingLoop.Step(vae, objective, batch, optimizer);
        }
    }
}
#endregion

internal static class WeightsOfPytorch
{
    public static void Both(Vae vae)
    {
        #region
        PyTorchWeights.Load(vae, "from-pytorch.safetensors");
        PyTorchWeights.Save(vae, "to-pytorch.safetensors");
        #endregion
    }
}
