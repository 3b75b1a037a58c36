using TorchSharp;

namespace VaeToolkit.DeepSurvival;

/// <summary>Draws from the prior, which all patients share, with weights p(x|z).</summary>
internal sealed class PriorDraws : DrawSource
{
    private readonly Savae _model;
    private readonly torch.Tensor _z;
    private readonly MixtureComponents[] _components;

    public PriorDraws(Savae model, SurvivalPredictionOptions options)
    {
        _model = model;
        _z = model.Prior.Sample(options.Draws);
        _components = Components(model, _z);
    }

    public override void Fill(torch.Tensor rows, Span<double[]> weights, Span<MixtureComponents[]> components)
    {
        Normalise(_model.CovariateLogProbOfChecked(rows, _z.unsqueeze(1)), weights);
        components[..(int)rows.shape[0]].Fill(_components);
    }
}
