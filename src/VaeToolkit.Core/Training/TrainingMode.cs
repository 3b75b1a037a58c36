using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Puts every part of a model back into the mode, training or evaluation, in which it was before a run.</summary>
internal sealed class TrainingMode : IDisposable
{
    private readonly List<(torch.nn.Module Part, bool Training)> before;

    private TrainingMode(torch.nn.Module model) => before = [.. model.modules().Prepend(model).Select(part => (part, part.training))];

    public static TrainingMode Enter(torch.nn.Module model) => new(model);

    // train(mode) reaches a part's children, and parts are listed before their children, so every part's own mode is set last.
    public void Dispose()
    {
        foreach (var (part, training) in before)
            part.train(training);
    }
}
