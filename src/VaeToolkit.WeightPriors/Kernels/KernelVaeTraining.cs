using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>Trains kernel VAEs. Nothing here is special: the model is Core's, the objective is Core's evidence lower bound.</summary>
public static class KernelVaeTraining
{
    /// <summary>
    /// Trains a VAE on a group's kernels, standardised by their standard deviation: one sample of z each, Adam with a cosine rate, the KL
    /// divergence's weight warmed up. The same seed gives the same VAE.
    /// </summary>
    /// <param name="kernels">The kernels to train on; not disposed.</param>
    /// <param name="options">The VAE's shape and how it is trained; null for the defaults.</param>
    /// <param name="progress">Told every step.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>The kernel VAE, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The architecture does not fit the kernels, or all their values are one number but for rounding.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="NonFiniteLossException">The bound or a parameter became NaN or infinite.</exception>
    public static KernelVae Train(
        KernelSet kernels, KernelVaeOptions? options = null, IProgress<StepResult>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        options = (options ?? new()).Validated();
        if (kernels.IsConstant)
            throw new ArgumentException(
                $"the kernels of group '{kernels.Group}' do not vary; a prior cannot be learned from them", nameof(kernels));
        using var seed = SeedScope.Begin(options.Seed);
        var trained = new KernelVae(
            kernels.KernelShape, kernels.StandardDeviation, options.Architecture, options.LatentSize, options.LogVarianceFloor);
        trained.Vae.to(options.Type);
        try
        {
            Fit(trained, kernels, options, progress, cancellationToken);
            trained.Vae.eval();
            return trained;
        }
        catch
        {
            trained.Dispose();
            throw;
        }
    }

    private static void Fit(
        KernelVae trained, KernelSet kernels, KernelVaeOptions options, IProgress<StepResult>? progress, CancellationToken token)
    {
        using var data = Standardised(kernels, trained);
        using var optimizer = Optimizers.Adam(trained.Vae.parameters(), options.LearningRate);
        var objective = new Elbo(
            new() { WarmUp = options.WarmUp > 0 ? BetaWarmUp.OverSteps(WholeCount.Ceiling(options.WarmUp * options.Steps)) : null });
        TrainingRecord.Set(trained.Vae, TrainingRecord.From(nameof(Elbo), objective.Settings, data, options.Seed));
        var size = Math.Min(options.BatchSize, kernels.Count);
        var state = new FiniteState(trained.Vae, endsWithOneItem: false);
        var step = 0;
        foreach (var batch in Enumerable.Range(0, int.MaxValue).SelectMany(epoch => data.Batches(size, options.Seed, epoch)))
        {
            token.ThrowIfCancellationRequested();
            optimizer.ParamGroups.Single().LearningRate = Rate(options, step);
            var result = TrainingLoop.Step(trained.Vae, objective, batch, optimizer);
            progress?.Report(result);
            if (++step == options.Steps)
                break;
        }
        optimizer.zero_grad();
        // What the last step has spoiled shows in no loss any more.
        state.Require(step);
    }

    private static double Rate(KernelVaeOptions options, int step)
        => options.FinalLearningRate
            + (options.LearningRate - options.FinalLearningRate) * 0.5 * (1 + Math.Cos(Math.PI * step / options.Steps));

    internal static TensorData Standardised(KernelSet kernels, KernelVae model)
    {
        using var scope = torch.NewDisposeScope();
        return new TensorData(kernels.Kernels.to(model.Vae.parameters().First().dtype) / model.Scale);
    }
}
