using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.VisualFields;

/// <summary>
/// p(x|z) of pictures of fields: independent normal values at the places that the picture's own mask has,
/// log p = −½ Σ m ((x − μ)² / σ² + log σ² + log 2π). Cells under the mask add nothing, and no gradient.
/// </summary>
public sealed class FieldLikelihood : Likelihood
{
    private const long Cells = FieldLayout.PictureSize * FieldLayout.PictureSize;
    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    private readonly torch.Tensor _values;
    private readonly torch.Tensor _places;
    private readonly torch.Tensor _logVariance;

    /// <summary>The likelihood of a batch.</summary>
    /// <param name="values">μ of every cell, <c>[N, 1, 12, 12]</c> or <c>[K, N, 1, 12, 12]</c>.</param>
    /// <param name="places">1 at the cells that are places, <c>[12, 12]</c>.</param>
    /// <param name="logVariance">log σ² of all places, one number.</param>
    /// <exception cref="ArgumentException">A tensor has another shape.</exception>
    public FieldLikelihood(torch.Tensor values, torch.Tensor places, torch.Tensor logVariance)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(logVariance);
        const int side = FieldLayout.PictureSize;
        if (values.Dimensions is not (4 or 5) || values.shape[^3] != 1 || values.shape[^2] != side || values.shape[^1] != side)
            throw new ArgumentException(
                $"values have shape {Shape.Text(values)}; they must be [N, 1, {side}, {side}] or [K, N, 1, {side}, {side}]",
                nameof(values));
        if (!places.shape.SequenceEqual([side, side]) || logVariance.NumberOfElements != 1)
            throw new ArgumentException($"places have shape {Shape.Text(places)}, the log-variance {Shape.Text(logVariance)}; they must be "
                + $"[{side}, {side}] and one number", nameof(places));
        (_values, _places, _logVariance) = (values, places, logVariance);
    }

    /// <summary>μ at the places, and the mask of all places beside it.</summary>
    public override torch.Tensor Mean => torch.cat([_values * _places, _places.expand_as(_values)], dim: -3);

    /// <inheritdoc/>
    protected override IReadOnlyList<torch.Tensor> Parameters => [_values, _logVariance];

    /// <summary>σ² at the places; the mask does not vary.</summary>
    public override torch.Tensor Variance
    {
        get
        {
            var places = _places.expand_as(_values);
            return torch.cat([places * _logVariance.exp(), torch.zeros_like(places)], dim: -3);
        }
    }

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor x)
    {
        Shape.RequireItems(x, FieldPictures.ItemShape, nameof(x));
        Shape.RequireFinite(x, nameof(x));
        return LogProbOfChecked(x);
    }

    /// <inheritdoc/>
    public override torch.Tensor LogProbOfChecked(torch.Tensor x)
    {
        Shape.RequireItems(x, FieldPictures.ItemShape, nameof(x));
        var count = _values.shape[^4];
        if (x.shape[0] != count)
            throw new ArgumentException($"x has {x.shape[0]} items, the likelihood is of {count}", nameof(x));
        if (TrainingStep.LooksAtItems)
            RequireInSupport(x, nameof(x));
        return EngineError.In(x, () => $"the log-likelihood {nameof(FieldLikelihood)}", () => MaskedLogProb(x.reshape(-1, 2, Cells)));
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        return Mean + Variance.sqrt() * NoiseSource.NormalLike(Mean);
    }

    /// <inheritdoc/>
    public override string? ExplainOutsideSupport(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        if (x.is_complex())
            return "the values are complex numbers";
        if (!x.isfinite().all().ToBoolean())
            return "some values are NaN or infinite";
        var mask = x.reshape(-1, 2, Cells).select(1, 1);
        if (!(mask.eq(0) | mask.eq(1)).all().ToBoolean())
            return "the mask, the second channel, has values beside 0 and 1";
        if (((mask - _places.reshape(1, Cells).to(mask.dtype)) > 0).any().ToBoolean())
            return "the mask, the second channel, has cells that are no places of the decoder's layout";
        return mask.sum(1).eq(0).any().ToBoolean() ? "a field has no place at all" : null;
    }

    /// <summary>The shape of the values.</summary>
    public override string ToString() => $"{nameof(FieldLikelihood)} {Shape.Text(_values.shape[..^3])} of fields";

    private torch.Tensor MaskedLogProb(torch.Tensor x)
    {
        var mask = x.select(1, 1).to(_values.dtype);
        var values = x.select(1, 0).to(_values.dtype);
        var mean = _values.reshape([.. _values.shape[..^3], Cells]);
        // Multiplying alone would keep what is under the mask: 0 × a large number may overflow on the way.
        var differences = (values - mean).masked_fill(mask.eq(0), 0);
        var terms = (InverseScale.OfSquare(differences, _logVariance) + _logVariance + s_logTwoPi) * mask;
        return (ItemSum.InDouble(terms) * -0.5).to(_values.dtype);
    }
}
