using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class TrainingPage
{
    public static void Loop(
        VaeToolkit.Vae vae, VaeToolkit.Elbo elbo, VaeToolkit.DataSource train, TorchSharp.torch.optim.Optimizer optimizer, int epoch)
    {
        #region
        foreach (var batch in train.Batches(size: 128, seed: 7, epoch))
        {
            var step = TrainingLoop.Step(vae, elbo, batch, optimizer, gradientClip: 5.0);
            Console.WriteLine($"{step.Index}: {step.Loss:F2} nats, KL {step.Terms["kl"]:F2}");
        }
        #endregion
    }
}
