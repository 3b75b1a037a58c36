using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Decoders;
using VaeToolkit.Encoders;
using VaeToolkit.Mega.Moments;
using VaeToolkit.Mega.Objectives;
using VaeToolkit.Models;
using VaeToolkit.Objectives;
using VaeToolkit.Priors;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>One VAE trained on one digit, and what it came to.</summary>
internal sealed class DigitExperiment : IDisposable
{
    private DigitExperiment(Vae model, DigitOutcome outcome) => (Model, Outcome) = (model, outcome);

    public Vae Model { get; }

    public DigitOutcome Outcome { get; }

    public static DigitExperiment Run(DigitSettings settings, TensorData train, TensorData test, long seed)
    {
        using var random = SeedScope.Begin(seed);
        var vae = new Vae(
            new MlpEncoder(784, latentSize: 5, hidden: [200]),
            new MlpDecoder(latentSize: 5, hidden: [200], PixelLikelihood.LearnedGaussian(784)),
            new StandardNormalPrior(5));
        using var objective = new MegaRegularised(
            new Elbo(new() { Beta = BetaWeight.OnKl(DigitSettings.Beta) }), Moments(train), new() { Alpha = settings.Alpha, Draws = settings.Draws });
        var options = new TrainingOptions { Epochs = settings.Epochs, BatchSize = Math.Min(DigitSettings.BatchSize, (int)train.Count), Seed = seed };
        var result = Trainer.Fit(vae, objective, train, options: options);
        var gap = MomentGaps.Between(Moments(test), new VaeMoments(vae), new() { Divisor = SecondMomentDivisor.Unbiased, Draws = settings.EvaluationDraws, Seed = 99 });
        return new(vae, new(gap.SecondOrder, gap.Sampling!.StandardError, Elbo(vae, test), result.History.Sum(epoch => epoch.Seconds)));
    }

    public void Dispose() => Model.Dispose();

    private static DataMoments Moments(TensorData data)
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
