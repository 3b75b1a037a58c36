using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Models;

/// <summary>Small M2 models over six values, and data for them: classes that stand apart.</summary>
internal static class SmallM2
{
    public static M2Model Seeded(LabelSpace labels, long seed = 1, torch.nn.Module<torch.Tensor, torch.Tensor>? classifier = null)
    {
        using var scope = SeedScope.Begin(seed);
        var generative = new ConditionalVae(
            new MlpConditionalEncoder(6, labels.RowSize, 2, [8]),
            new MlpConditionalDecoder(2, labels.RowSize, [8], ObservationModel.Gaussian(0.3, 6)),
            new StandardNormalPrior(2));
        return new M2Model(generative, classifier ?? new MlpClassifier(6, [8], labels.RowSize), labels);
    }

    public static TensorData Clusters(int count, long seed, int classes = 3)
    {
        using var random = SeedScope.Begin(seed);
        using var scope = torch.NewDisposeScope();
        var labels = torch.arange(count, dtype: torch.int64).remainder(classes);
        var centres = torch.tensor(new float[] { 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1 }, [3, 6]) * 2;
        return new TensorData(centres.index_select(0, labels) + torch.randn(count, 6) * 0.4, labels);
    }

    public static Dictionary<string, double[]> Gradients(torch.nn.Module module, torch.Tensor loss)
    {
        foreach (var parameter in module.parameters())
            parameter.grad?.zero_();
        loss.backward();
        return module.named_parameters()
            .ToDictionary(p => p.name, p => p.parameter.grad is { } gradient && gradient is not null ? gradient.Values() : []);
    }
}
