using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.Training;

/// <summary>Refuses what several ranks would compute otherwise than one does.</summary>
internal static class DivisionCheck
{
    /// <exception cref="NotSupportedException">The objective compares items with each other, or a layer looks at the whole batch or draws
    /// from torch's own generator; the message names it.</exception>
    internal static void Require<TModel>(TModel model, Objective<TModel> objective)
        where TModel : torch.nn.Module
    {
        if (!objective.IsDivisible)
        {
            throw new NotSupportedException(
                $"{objective.GetType().Name} cannot be trained by several ranks: its loss is not put together from ranks' own items "
                + $"(IsDivisible is false). {objective}; leave {nameof(TrainingOptions.Exchange)} null");
        }
        foreach (var (name, layer) in model.named_modules())
        {
            if (Fault(layer) is { } fault)
                throw new NotSupportedException($"the layer '{name}' ({layer.GetType().Name}) cannot be trained by several ranks: {fault}");
        }
    }

    /// <summary>The name of the first layer that takes or keeps moments of all items of a batch, or null.</summary>
    internal static string? BatchStatistics(torch.nn.Module model)
        => model.named_modules().Where(pair => HasBatchStatistics(pair.module) || KeepsStatistics(pair.module))
            .Select(pair => pair.name).FirstOrDefault();

    private static bool HasBatchStatistics(torch.nn.Module layer) => layer is BatchNorm1d or BatchNorm2d or BatchNorm3d;

    private static bool KeepsStatistics(torch.nn.Module layer)
        => layer is InstanceNorm1d or InstanceNorm2d or InstanceNorm3d && layer.named_buffers().Any();

    private static string? Fault(torch.nn.Module layer) => layer switch
    {
        _ when HasBatchStatistics(layer)
            => "it takes moments of a rank's own items; use GroupNorm or LayerNorm, which look at one item at a time",
        _ when KeepsStatistics(layer)
            => "its running statistics are of a rank's own items; leave track_running_stats false",
        Dropout { p: 0 } or Dropout1d { p: 0 } or Dropout2d { p: 0 } or Dropout3d { p: 0 } or AlphaDropout { p: 0 } => null,
        Dropout or Dropout1d or Dropout2d or Dropout3d or AlphaDropout or FeatureAlphaDropout
            => $"it draws from torch's own generator; use {nameof(ItemDropout)}, which draws what one process would",
        _ => null,
    };
}
