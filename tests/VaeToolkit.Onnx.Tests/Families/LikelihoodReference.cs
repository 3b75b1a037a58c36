using TorchSharp;
using VaeToolkit.SemiSupervised;
using VaeToolkit.VisualFields;

namespace VaeToolkit.Onnx.Tests.Families;

/// <summary>The outputs that a likelihood's file must have.</summary>
internal static class LikelihoodReference
{
    public static Dictionary<string, torch.Tensor> Of(Likelihood likelihood)
    {
        var outputs = new Dictionary<string, torch.Tensor> { ["mean"] = likelihood.Mean };
        foreach (var (name, value) in Parameters(likelihood))
            outputs.Add(name, value);
        return outputs;
    }

    private static IEnumerable<(string, torch.Tensor)> Parameters(Likelihood likelihood) => likelihood switch
    {
        BernoulliLikelihood bernoulli => [("logits", bernoulli.Logits)],
        ContinuousBernoulliLikelihood bernoulli => [("logits", bernoulli.Logits)],
        CategoricalLikelihood categorical => [("logits", categorical.Logits)],
        ClassDistribution classes => [("logits", classes.Logits)],
        GaussianLikelihood gaussian => [("log_variance", gaussian.Variance.log())],
        LaplaceLikelihood laplace => [("log_scale", (laplace.Variance / 2).log() / 2)],
        DiscretisedLogisticLikelihood logistic => [("location", logistic.Location), ("log_scale", logistic.LogScale)],
        DiscretisedLogisticMixtureLikelihood mixture
            => [("logits", mixture.Logits), ("location", mixture.Location), ("log_scale", mixture.LogScale)],
        // Of the places that are seen; the others have none.
        FieldLikelihood field => [("log_variance", field.Variance.max().log().reshape(1))],
        _ => throw new ArgumentException($"no reference for a {likelihood.GetType().Name}", nameof(likelihood)),
    };
}
