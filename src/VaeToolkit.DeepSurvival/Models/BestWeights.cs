using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival;

/// <summary>Keeps the weights of the epoch with the lowest validation loss, in memory.</summary>
internal sealed class BestWeights : ITrainingCallback<Savae>, IDisposable
{
    private readonly (torch.Tensor Parameter, torch.Tensor Copy)[] _weights;
    private double _lowest = double.PositiveInfinity;

    public BestWeights(Savae model)
    {
        using var scope = torch.NewDisposeScope();
        _weights =
            [.. model.parameters().Select(parameter => ((torch.Tensor)parameter, parameter.detach().clone().DetachFromDisposeScope()))];
    }

    public void EpochEnded(Savae model, EpochSummary summary)
    {
        if (!(summary.ValidationLoss < _lowest))
            return;
        _lowest = summary.ValidationLoss.Value;
        Copy((parameter, copy) => copy.copy_(parameter));
    }

    public void Restore() => Copy((parameter, copy) => parameter.copy_(copy));

    public void Dispose() => Array.ForEach(_weights, pair => pair.Copy.Dispose());

    private void Copy(Action<torch.Tensor, torch.Tensor> copy)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (parameter, kept) in _weights)
            copy(parameter, kept);
    }
}
