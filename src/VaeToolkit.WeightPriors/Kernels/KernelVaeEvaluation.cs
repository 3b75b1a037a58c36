using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>Measures kernel VAEs on kernels of networks that they have not seen.</summary>
public static class KernelVaeEvaluation
{
    private const int BatchSize = 500;

    /// <summary>
    /// The evidence lower bound of kernels and its gain over a factorised Gaussian fitted to the training kernels. Runs in evaluation mode
    /// without gradients; the caller's random numbers are left as they were.
    /// </summary>
    /// <param name="model">The kernel VAE.</param>
    /// <param name="training">The kernels that it was trained on, to which the Gaussian is fitted; not disposed.</param>
    /// <param name="heldOut">The kernels to measure, best of other networks; not disposed.</param>
    /// <param name="samples">Samples of z a kernel, at least 1; default 16.</param>
    /// <param name="seed">Seed of the samples.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">The kernels are of another size.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static KernelVaeReport Evaluate(
        KernelVae model, KernelSet training, KernelSet heldOut, int samples = 16, long seed = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(heldOut);
        Shape.RequirePositive(samples, "the number of samples", nameof(samples));
        RequireSize(model, training, nameof(training));
        RequireSize(model, heldOut, nameof(heldOut));
        using var data = KernelVaeTraining.Standardised(heldOut, model);
        using var scope = torch.NewDisposeScope();
        using var mode = EvaluationMode.Enter(model.Vae);
        using var seeded = SeedScope.Begin(seed);
        var gaussian = FittedGaussian(training, model.Scale, model.Vae.parameters().First().dtype);
        var before = 0L;
        var parts = data.InOrder(BatchSize).Select(Measured).ToList();
        var (reconstruction, kl, density) = (Join(parts, 0), Join(parts, 1), Join(parts, 2));
        double[] gains = [.. Enumerable.Range(0, density.Length).Select(i => -reconstruction[i] - kl[i] - density[i])];
        // log p(w) = log p(u) − D log s moves both densities alike.
        var shift = model.KernelSize * Math.Log(model.Scale);
        return new()
        {
            Kernels = heldOut.Count,
            Reconstruction = reconstruction.Average() + shift,
            Kl = kl.Average(),
            // One kernel alone varies in nothing.
            ActiveUnits = data.Count < 2
                ? 0 : VaeToolkit.Evaluation.Evaluate.ActiveUnits(model.Vae, data, cancellationToken: cancellationToken).ActiveUnits,
            GaussianLogLikelihood = density.Average() - shift,
            GainStandardError = MathNet.Numerics.Statistics.ArrayStatistics.StandardDeviation(gains) / Math.Sqrt(gains.Length),
        };

        double[][] Measured(Batch batch)
        {
            var measured = Measure(model.Vae, gaussian, batch, before, samples, cancellationToken);
            before += batch.Size;
            return measured;
        }
    }

    private static void RequireSize(KernelVae model, KernelSet kernels, string name)
    {
        if (Shape.Size(kernels.KernelShape) != model.KernelSize)
            throw new ArgumentException($"the kernels of group '{kernels.Group}' are {Shape.Text(kernels.KernelShape)}, the VAE's "
                + Shape.Text(model.KernelShape), name);
    }

    private static DiagonalNormal FittedGaussian(KernelSet training, double scale, torch.ScalarType type)
    {
        var u = (training.Kernels / scale).to(ItemSum.WideType(training.Kernels));
        var mean = u.mean([0L], keepdim: true);
        var logVariance = (u - mean).square().mean([0L], keepdim: true).clamp_min(1e-12).log();
        return new(mean.to(type), logVariance.to(type));
    }

    private static double[][] Measure(Vae vae, DiagonalNormal gaussian, Batch batch, long before, int samples, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        using var scope = torch.NewDisposeScope();
        var posterior = vae.EncodeBatch(batch.Items, "the kernels", before);
        var reconstruction = -vae.DecodeOfChecked(posterior.RSample(samples)).LogProbOfChecked(batch.Items).mean([0L]);
        var kl = vae.Prior.AnalyticKl(posterior)!;
        // The Gaussian has one row for all kernels, so kernels stand where its samples would.
        var density = gaussian.LogProb(batch.Items.unsqueeze(1)).squeeze(1);
        return [Numbers(reconstruction), Numbers(kl), Numbers(density)];
    }

    private static double[] Numbers(torch.Tensor tensor) => tensor.to(torch.float64).cpu().data<double>().ToArray();

    private static double[] Join(List<double[][]> parts, int which) => [.. parts.SelectMany(part => part[which])];
}
