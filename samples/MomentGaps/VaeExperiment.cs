using TorchSharp;
using VaeToolkit.Mega;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>One VAE with learned variances of its pixels or coordinates, trained, and what it came to.</summary>
internal sealed class VaeExperiment : IDisposable
{
    private VaeExperiment(Vae model, VaeOutcome outcome) => (Model, Outcome) = (model, outcome);

    public Vae Model { get; }

    public VaeOutcome Outcome { get; }

    public static VaeExperiment Run(VaeSettings settings, TensorData train, TensorData test, long seed)
    {
        using var random = SeedScope.Begin(seed);
        var vae = new Vae(
            new MlpEncoder(settings.DataSize, settings.LatentSize, hidden: [settings.Hidden]),
            new MlpDecoder(settings.LatentSize, hidden: [settings.Hidden], ObservationModel.LearnedGaussian(settings.DataSize)),
            new StandardNormalPrior(settings.LatentSize));
        using var objective = new MegaRegularised(
            new Elbo(new() { Beta = BetaWeight.OnKl(settings.Beta) }), Moments(train),
            new() { Alpha = settings.Alpha, Draws = settings.Draws });
        var options =
            new TrainingOptions { Epochs = settings.Epochs, BatchSize = Math.Min(settings.BatchSize, (int)train.Count), Seed = seed };
        var result = Trainer.Fit(vae, objective, train, options: options);
        var gap = MomentGaps.Between(Moments(test), new VaeMoments(vae),
            new() { Divisor = SecondMomentDivisor.Unbiased, Draws = settings.EvaluationDraws, Seed = 99 });
        return new(vae, new(
            gap.SecondOrder, gap.Sampling!.StandardError, gap.FirstOrder, Elbo(vae, test), result.History.Sum(epoch => epoch.Seconds)));
    }

    public void Dispose() => Model.Dispose();

    /// <summary>The moments of all items.</summary>
    public static DataMoments Moments(TensorData data)
    {
        using var scope = torch.NewDisposeScope();
        return DataMoments.Of(torch.cat([.. data.InOrder((int)data.Count).Select(batch => batch.Items.alias())]));
    }

    private static double Elbo(Vae vae, TensorData data)
    {
        using var seed = SeedScope.Begin(98);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var bound = new Elbo(new() { Samples = 10 });
        return data.InOrder((int)data.Count).Average(batch => -bound.Compute(vae, batch).Loss.ToDouble());
    }
}
