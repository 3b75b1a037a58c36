using TorchSharp;
using VaeToolkit.Survival;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// Predicts p(y|t,x) = Σ_l w_l p(y|t,z_l) by importance sampling (Beaulac et al. 2018, eq. 15 and 16). p(t|x) does not depend on z and is
/// the same in every weight, so it cancels.
/// </summary>
public static class SurvivalPredictor
{
    private const int PriorBlock = 128;
    private const int MixtureBlock = 32;

    /// <summary>Predicts for patients under every combination of treatments, with the same draws for all of a patient's.</summary>
    /// <param name="model">The model.</param>
    /// <param name="covariates">The patients. Missing covariates do no harm; without any the prediction is that of the prior. A number
    /// further than a million standard deviations from the training rows' mean is taken for one that far.</param>
    /// <param name="options">How to draw; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between blocks of patients.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">The covariates were encoded by another schema, or a patient cannot be predicted, who is named.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SurvivalPrediction Predict(
        Savae model, EncodedCovariates covariates, SurvivalPredictionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(covariates);
        options ??= new();
        options.Validate();
        using var seed = NoiseSource.Begin(model, options.Seed);
        using var mode = EvaluationMode.Enter(model);
        using var scope = torch.NewDisposeScope();
        var rows = model.Rows(covariates);
        DrawSource source = options.Proposal == Proposal.Prior ? new PriorDraws(model, options) : new EncoderDraws(model, options);
        var weights = new double[covariates.Count][];
        var components = new MixtureComponents[covariates.Count][];
        var block = options.Proposal == Proposal.Prior ? PriorBlock : MixtureBlock;
        for (var start = 0; start < covariates.Count; start += block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = torch.NewDisposeScope();
            source.Fill(rows.narrow(0, start, Math.Min(block, covariates.Count - start)), weights.AsSpan(start), components.AsSpan(start));
        }
        RequireNumbers(weights);
        return new(weights, components, model.Treatments, TensorNumbers.Matrix(model.TreatmentLogProbs(rows)));
    }

    private static void RequireNumbers(double[][] weights)
    {
        var lost = Enumerable.Range(0, weights.Length).Where(i => !double.IsFinite(weights[i].Sum())).ToList();
        if (lost.Count > 0)
            throw new ArgumentException(
                $"Patient {lost[0]}{(lost.Count > 1 ? $" (and {lost.Count - 1} more)" : "")} cannot be predicted: no draw of the model has "
                + "a finite density at the covariates; are the model's weights finite?");
    }
}
