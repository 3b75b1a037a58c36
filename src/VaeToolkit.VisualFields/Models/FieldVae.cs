using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.VisualFields;

/// <summary>
/// Makes and trains a VAE of fields with the network of Berchuck, Mukherjee and Medeiros (2019) in one call. For anything out of the
/// ordinary use <see cref="Trainer"/> with <see cref="FieldPictures.Data"/>: it is a <see cref="Vae"/> like others.
/// </summary>
public static class FieldVae
{
    // σ² = ½ in the picture's unit makes the log-likelihood the squared error.
    private static readonly double s_unitNoise = FieldPictures.Decibels * Math.Sqrt(0.5);

    /// <summary>
    /// An untrained model. With MMD and two latent features it has the authors' 57,443 parameters; a normal posterior has 257 more for each
    /// latent feature, and a learned noise one.
    /// </summary>
    /// <param name="layout">The places.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static Vae Create(FieldLayout layout, FieldVaeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        options = (options ?? new()).Validated();
        var isMmd = options.Regulariser == FieldRegulariser.Mmd;
        return new(
            new FieldEncoder(options.LatentSize, isMmd ? FieldCode.Point : FieldCode.Normal),
            new FieldDecoder(options.LatentSize, layout, isMmd ? s_unitNoise : null),
            new StandardNormalPrior(options.LatentSize));
    }

    /// <summary>
    /// What training minimises: the evidence lower bound with β, or the authors' loss, in nats and times the number of places, which
    /// changes no step of Adam: Σ (x − μ)² + P w MMD² with P places and the kernel exp(−‖x − y‖² / M²).
    /// </summary>
    /// <param name="layout">The places.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static Objective<Vae> Objective(FieldLayout layout, FieldVaeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        options = (options ?? new()).Validated();
        return options.Regulariser == FieldRegulariser.Kl ? new Elbo(new() { Beta = BetaWeight.OnKl(options.KlWeight) })
            : new WaeMmd(new()
            {
                Cost = ReconstructionCost.NegativeLogLikelihood,
                Weight = layout.Count * options.MmdWeight,
                Kernel = MmdKernel.Gaussian((double)options.LatentSize * options.LatentSize),
                Estimator = MmdEstimator.Biased,
            });
    }

    /// <summary>
    /// Trains with Adam on the fields of most patients and keeps the epoch that is best on the others'. The same seed gives the same model.
    /// </summary>
    /// <param name="cohort">The eyes; the order of their fields plays no part.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="progress">Told where the run stands.</param>
    /// <param name="cancellationToken">Stops the run; the best weights so far are kept.</param>
    /// <returns>The model, which the caller disposes, and how training went.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or the validation share leaves no patient on a side.</exception>
    /// <exception cref="NonFiniteLossException">The loss became NaN or infinite.</exception>
    public static (Vae Model, TrainingResult Result) Fit(
        FieldCohort cohort, FieldVaeOptions? options = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        options = (options ?? new()).Validated();
        using var seed = SeedScope.Begin(options.Seed);
        var (training, held) = Part(cohort, options);
        var model = Create(cohort.Layout, options);
        try
        {
            return (model, Train(model, training, held, options, progress, cancellationToken));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static (FieldCohort Training, FieldCohort? Held) Part(FieldCohort cohort, FieldVaeOptions options)
    {
        try
        {
            return options.ValidationShare > 0 ? cohort.Split(options.ValidationShare, options.Seed) : (cohort, null);
        }
        catch (ArgumentOutOfRangeException)
        {
            OptionRange.Require(false, nameof(options.ValidationShare), options.ValidationShare,
                $"the share must leave some of {cohort.PatientCount} patients on either side; 0 takes all and keeps the last epoch");
            throw;
        }
    }

    private static TrainingResult Train(
        Vae model, FieldCohort training, FieldCohort? held, FieldVaeOptions options, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var items = FieldPictures.Data(training.Layout, training.Fields);
        using var others = held is null ? null : FieldPictures.Data(held.Layout, held.Fields);
        using var best = new BestWeights<Vae>(model);
        var result = Trainer.Fit(
            model, Objective(training.Layout, options), items, others, options.ForTrainer((int)items.Count), [best], progress,
            cancellationToken);
        if (others is not null)
            best.Restore();
        return result;
    }
}
