using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Mega;

/// <summary>Moment gaps between data and models (Beaulac 2021).</summary>
public static class MomentGaps
{
    /// <summary>The gap with the model's closed form where it has one, else by Monte Carlo.</summary>
    /// <param name="data">The data's moments.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Looked at between blocks of draws.</param>
    /// <exception cref="ArgumentException">Data and model differ in D, or in the order of their items' axes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is none of the enumeration's values.</exception>
    public static MomentGap Between(
        DataMoments data, LatentVariableModel model, MomentGapOptions? options = null, CancellationToken cancellationToken = default)
    {
        RequireFits(data, model);
        options = (options ?? new()).Validated();
        return model.ExactMoments is { } exact
            ? new(data.Estimate(options.Divisor), exact, null)
            : MonteCarlo(data, model, options, cancellationToken);
    }

    /// <summary>The gap by Monte Carlo, with its standard error, whether or not there is a closed form.</summary>
    /// <param name="data">The data's moments.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Looked at between blocks of draws.</param>
    /// <exception cref="ArgumentException">Data and model differ in D, or in the order of their items' axes.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MomentGap MonteCarlo(
        DataMoments data, LatentVariableModel model, MomentGapOptions? options = null, CancellationToken cancellationToken = default)
    {
        RequireFits(data, model);
        options = (options ?? new()).Validated();
        using var seed = SeedScope.Begin(options.Seed);
        using var origin = Rows.Tensor(data.Maximum.Mean);
        using var draws = new MomentAccumulator(origin);
        for (var left = options.Draws; left > 0; left -= options.BlockSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            draws.AddDraws(model.Draw(Math.Min(left, options.BlockSize)));
        }
        return Gap(data, draws, options.Divisor, options.Seed);
    }

    /// <summary>The gap to draws whose conditional moments are given.</summary>
    /// <param name="data">The data's moments.</param>
    /// <param name="draws">E[x|zᵢ] and Var[x|zᵢ].</param>
    /// <param name="divisor">The data's estimator.</param>
    /// <exception cref="ArgumentException">Data and draws differ in D.</exception>
    public static MomentGap Between(DataMoments data, ConditionalMoments draws, SecondMomentDivisor divisor = SecondMomentDivisor.Slide)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(draws);
        OptionRange.RequireKnown(divisor, nameof(divisor));
        RequireSame(data.Dimension, draws.Means.shape[1]);
        using var origin = Rows.Tensor(data.Maximum.Mean);
        using var accumulator = new MomentAccumulator(origin);
        accumulator.AddDraws(draws);
        return Gap(data, accumulator, divisor, null);
    }

    private static MomentGap Gap(DataMoments data, MomentAccumulator draws, SecondMomentDivisor divisor, long? seed)
    {
        // Both sides less x̄ᵀx̄, which they share: far from the origin it would drown the rest.
        var (shift, covariance) = draws.AboutOrigin();
        var outer = data.Maximum.Mean.OuterProduct(shift);
        var model = covariance + shift.OuterProduct(shift) + outer + outer.Transpose();
        var m = (double)draws.Count;
        // Σ_{i≠j} ⟨Gᵢ, Gⱼ⟩ = m²‖Ḡ‖² − Σ‖Gᵢ‖², on either side.
        var modelSquares = Math.Pow(Rows.FrobeniusNorm(model), 2);
        var modelPairs = (m * m * modelSquares - draws.SquaredNorms) / (m * (m - 1));
        var own = data.AboutMean();
        var cross = own.PointwiseMultiply(model).ColumnSums().Sum();
        // Draws that do not differ leave a rest of rounding, of either sign.
        var spread = m > 1 ? Math.Max(0, (draws.SquaredNorms - m * modelSquares) / (m - 1)) : double.NaN;
        var unbiased = m > 1 ? data.Pairs(own) + modelPairs - 2 * cross : double.NaN;
        return new(data.Estimate(divisor), draws.Moments(), new((int)draws.Count, seed, spread, unbiased));
    }

    private static void RequireFits(DataMoments data, LatentVariableModel model)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(model);
        RequireSame(data.Dimension, model.Dimension);
        if (model is VaeMoments vae)
            data.RequireOrderOf(vae.ItemShape, nameof(model));
    }

    private static void RequireSame(long data, long model)
    {
        if (data != model)
            throw new ArgumentException($"the data have {data} values a row, the model {model}", nameof(model));
    }
}
