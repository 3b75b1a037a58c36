using TorchSharp;
using VaeToolkit;
using VaeToolkit.Training;

namespace Documentation.Pages;

/// <summary>Something that happens after every epoch.</summary>
#region
internal sealed class RatesShown : ITrainingCallback<Vae>
{
    public void EpochEnded(Vae model, EpochSummary summary) => Console.WriteLine($"{summary}, rate {summary.LearningRate:G3}");
}
#endregion

internal static class TrainingPage
{
    public static void Fit(Vae vae, DataSource train, DataSource validation)
    {
        #region
        var options = new TrainingOptions
        {
            Epochs = 200,
            Seed = 1,
            Optimizer = parameters => torch.optim.AdamW(parameters, 1e-3, weight_decay: 1e-4),
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 200),
            GradientClip = 5,
            Patience = 10,                            // epochs in a row without a better validation loss
            CheckpointDirectory = "runs/mine",
            Resume = true,                            // goes on where an earlier run stopped, and begins where there is none
        };
        var result = Trainer.Fit(vae, new Elbo(), train, validation, options, [new RatesShown()], new ConsoleProgress());
        Console.WriteLine(result);                    // EarlyStopped after 57 epochs; best epoch 47: ...
        using var best = Vae.Load("runs/mine/best");  // vae itself has the last epoch's weights
        #endregion
    }

    public static void Loop(Vae vae, Elbo elbo, DataSource train, torch.optim.Optimizer optimizer, int epoch)
    {
        #region
        foreach (var batch in train.Batches(size: 128, seed: 7, epoch))
        {
            var step = TrainingLoop.Step(vae, elbo, batch, optimizer, gradientClip: 5.0);
            Console.WriteLine($"{step.Index}: {step.Loss:F2} nats, KL {step.Terms["kl"]:F2}");
        }
        #endregion
    }

    public static void UnreadLoop(Vae vae, Elbo elbo, DataSource train, torch.optim.Optimizer optimizer, int epoch)
    {
        #region
        using var unread = new UnreadSteps(vae, step => Console.WriteLine($"{step.Index}: {step.Loss:F2} nats"));
        foreach (var batch in train.Batches(size: 128, seed: 7, epoch))
            unread.Step(vae, elbo, batch, optimizer, gradientClip: 5.0);
        unread.Read();                                // what is left, before anything is kept: it may not be finite
        #endregion
    }
}
