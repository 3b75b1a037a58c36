using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// The mean of the parameters after every epoch from one on (Izmailov et al. 2018, with a constant rate);
/// buffers stay as they are at the end.
/// </summary>
/// <param name="skipped">Epochs before the first that counts.</param>
internal sealed class AveragedModel(int skipped) : KeptWeights
{
    private readonly Dictionary<string, torch.Tensor> _means = [];
    private int _count;

    public override void EpochEnded(Vae model, EpochSummary summary)
    {
        if (summary.Epoch <= skipped)
            return;
        _count++;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (_means.TryGetValue(name, out var mean))
                mean.add_((parameter - mean) / _count);
            else
                _means[name] = parameter.detach().clone().DetachFromDisposeScope();
        }
    }

    internal override void Restore(Vae model)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (_means.TryGetValue(name, out var mean))
                parameter.copy_(mean);
        }
    }

    public override void Dispose()
    {
        foreach (var mean in _means.Values)
            mean.Dispose();
        _means.Clear();
    }
}
