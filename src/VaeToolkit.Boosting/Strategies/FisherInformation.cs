using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>The diagonal Fisher information of a model's encoder and decoder weights over items of a task.</summary>
internal sealed class FisherInformation(ElasticWeightConsolidationOptions options)
{
    /// <summary>F by weight; tensors of the caller's scope. The model's gradients are dropped.</summary>
    internal Dictionary<string, torch.Tensor> Of(Vae model, TensorData data, long seed)
    {
        using var random = SeedScope.Begin(seed);
        using var modes = new PartModes(model);
        model.eval();
        var weights = ElasticWeightConsolidation.Weights(model).Where(weight => weight.Parameter.requires_grad).ToList();
        var sums = ElasticWeightConsolidation.Weights(model)
            .ToDictionary(weight => weight.Name, weight => torch.zeros_like(weight.Parameter, WideType(weight.Parameter)));
        var group = Math.Min(options.Group, data.Count);
        var items = 0L;
        foreach (var batch in data.Batches((int)group, seed, epoch: 0))
        {
            using var scope = torch.NewDisposeScope();
            LogDensity(model, batch.Items).mean().backward();
            using var noGradient = torch.no_grad();
            // A last group of fewer items has a larger mean gradient by chance: its items count as those of the others.
            var share = (double)batch.Size / group;
            foreach (var (name, parameter) in weights)
            {
                if (parameter.grad is { } gradient)
                    sums[name].add_((gradient.to(WideType(gradient)) * share).square());
                Gradients.Drop(parameter);
            }
            items += batch.Size;
            if (items >= options.Items)
                break;
        }
        DropOthers(model);
        using var plain = torch.no_grad();
        return ElasticWeightConsolidation.Weights(model).ToDictionary(
            weight => weight.Name, weight => (sums[weight.Name] / ((double)items / group)).to(weight.Parameter.dtype));
    }

    private torch.Tensor LogDensity(Vae model, torch.Tensor x)
    {
        var (z, logPosterior) = model.EncodeOfChecked(x).RSampleAndLogProb();
        var logLikelihood = model.DecodeOfChecked(z).LogProbOfChecked(x);
        return options.Loss == FisherLoss.Reconstruction ? logLikelihood : logLikelihood + model.Prior.LogProbExplained(z) - logPosterior;
    }

    // Thousands of squares are added up one after the other.
    private static torch.ScalarType WideType(torch.Tensor terms) => ItemSum.WideType(terms);

    // The bound's gradient reaches the prior's parameters too.
    private static void DropOthers(Vae model)
    {
        foreach (var parameter in model.parameters())
            Gradients.Drop(parameter);
    }
}
