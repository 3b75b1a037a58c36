using TorchSharp;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// Draws from r(z|x) = a p(z) + (1 − a) mean_q q(z|x, y_q), with y_q the quantiles of the model's own times under all treatments, and
/// weights p(x|z) p(z) / r(z). Every part gives its share of the draws exactly, and the density counts each with that share.
/// </summary>
internal sealed class EncoderDraws : DrawSource
{
    private readonly Savae _model;
    private readonly double[] _times;
    private readonly int _fromPrior;
    private readonly int[] _parts;

    public EncoderDraws(Savae model, SurvivalPredictionOptions options)
    {
        _model = model;
        _fromPrior = Math.Max(1, (int)Math.Round(options.PriorShare * options.Draws));
        _parts = [.. Enumerable.Range(0, options.Draws - _fromPrior).Select(i => i % options.Quantiles)];
        var marginal = Marginal(options);
        _times = [.. Enumerable.Range(0, options.Quantiles).Select(q => marginal.Quantile((q + 0.5) / options.Quantiles).Value)];
    }

    public override void Fill(torch.Tensor rows, Span<double[]> weights, Span<MixtureComponents[]> components)
    {
        var posteriors = _times.Select(
            (time, q) => (DiagonalNormal)_model.Encode(_model.WithResponse(rows, time, q % _model.Treatments.Count))).ToArray();
        var z = Draw(posteriors, rows.shape[0]);
        Normalise(_model.CovariateLogProbOfChecked(rows, z) + _model.Prior.LogProbExplained(z) - LogDensity(posteriors, z), weights);
        var perPatient = z.transpose(0, 1).contiguous();
        var under = Enumerable.Range(0, _model.Treatments.Count).Select(t => _model.TimesUnder(t, perPatient))
            .Select(times => (LogScales: TensorNumbers.Rows(times.LogScale), Shapes: TensorNumbers.Rows(times.Shape))).ToArray();
        for (var i = 0; i < rows.shape[0]; i++)
            components[i] = Array.ConvertAll(under, times => new MixtureComponents(times.LogScales[i], times.Shapes[i]));
    }

    private PredictiveDistribution Marginal(SurvivalPredictionOptions options)
    {
        var z = _model.Prior.Sample(options.Draws);
        var times = Enumerable.Range(0, _model.Treatments.Count).Select(t => _model.TimesUnder(t, z)).ToArray();
        var components = new MixtureComponents(
            TensorNumbers.Vector(torch.cat([.. times.Select(t => t.LogScale)])),
            TensorNumbers.Vector(torch.cat([.. times.Select(t => t.Shape)])));
        var weights = new double[components.Count];
        Array.Fill(weights, 1.0 / weights.Length);
        return new(weights, components);
    }

    private torch.Tensor Draw(DiagonalNormal[] posteriors, long patients)
    {
        var fromPrior = torch.stack([.. Enumerable.Range(0, (int)patients).Select(_ => _model.Prior.Sample(_fromPrior))], dim: 1);
        if (_parts.Length == 0)
            return fromPrior;
        var parts = torch.tensor(_parts, dtype: torch.int64, device: fromPrior.device);
        var mean = torch.stack([.. posteriors.Select(q => q.Mean)]).index_select(0, parts);
        var deviation = torch.stack([.. posteriors.Select(q => q.Variance.sqrt())]).index_select(0, parts);
        return torch.cat([fromPrior, mean + deviation * NoiseSource.NormalLike(mean)]);
    }

    private torch.Tensor LogDensity(DiagonalNormal[] posteriors, torch.Tensor z)
    {
        var draws = _fromPrior + _parts.Length;
        var terms = new List<torch.Tensor> { _model.Prior.LogProbExplained(z) + Math.Log((double)_fromPrior / draws) };
        for (var q = 0; q < posteriors.Length; q++)
        {
            var count = _parts.Count(part => part == q);
            if (count > 0)
                terms.Add(posteriors[q].LogProb(z) + Math.Log((double)count / draws));
        }
        return torch.stack([.. terms]).logsumexp(0);
    }
}
