using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>Deep archetypes of items of eight values, trained.</summary>
internal static class TrainedArchetypes
{
    private const long Width = 8;
    private const int Archetypes = 3;
    private const long Hidden = 64;

    /// <summary>Trains on items, and on side information where there is some.</summary>
    /// <param name="items">Items <c>[N, 8]</c>.</param>
    /// <param name="side">Side information <c>[N, 1]</c>, or null.</param>
    /// <param name="likelihood">How the eight values scatter about their mean.</param>
    /// <param name="epochs">Epochs.</param>
    /// <param name="seed">Seed of weights, order and noise.</param>
    /// <returns>The model, which the caller disposes.</returns>
    public static DeepArchetypes Of(torch.Tensor items, torch.Tensor? side, ObservationModel likelihood, int epochs, long seed)
    {
        using var random = SeedScope.Begin(seed);
        var options = new DecoderOptions { Activation = Activation.SiLU };
        var model = new DeepArchetypes(
            ArchetypeEncoder.Mlp(Width, Archetypes, [Hidden], new() { Activation = Activation.SiLU, LogVariance = new(-12, 2) }),
            new MlpDecoder(Archetypes - 1, [Hidden], likelihood, options),
            new StandardNormalPrior(Archetypes - 1),
            side is null ? null : new MlpDecoder(Archetypes - 1, [Hidden], ObservationModel.Gaussian(1, 1), options));
        using var data = model.Items(items.to(torch.float32), side?.to(torch.float32));
        Trainer.Fit(
            model, new ArchetypeObjective(new() { KlWeight = 1, ArchetypeWeight = 50, SideWeight = 100 }), data, options: new()
            {
                Epochs = epochs,
                BatchSize = 100,
                LastBatch = LastBatch.Merge,
                LearningRate = 3e-3,
                LearningRateSchedule = optimizer => torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs),
                GradientClip = 10,
                Seed = seed,
            });
        return model;
    }
}
