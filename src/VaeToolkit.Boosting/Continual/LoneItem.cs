using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Whether the networks take a batch of one item, for which a batch's statistics are not defined. Without the objective: a prior that grows
/// has nothing to say before its first task begins.
/// </summary>
internal static class LoneItem
{
    /// <summary>Takes the first item through encoder and decoder in training mode; the model is left as it was.</summary>
    /// <returns>What goes wrong, without a full stop; null when nothing does.</returns>
    internal static string? Finding(Vae model, DataSource data, long seed)
    {
        using var random = SeedScope.Begin(seed);
        using var noGradient = torch.no_grad();
        using var modes = new PartModes(model);
        using var before = new ModelSnapshot();
        before.Take(model);
        model.train();
        try
        {
            return data.InOrder(1, seed).Select(batch => Passing(model, batch.Items)).First();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return $"it does not go through the model: {EngineError.FirstLine(e).TrimEnd('.')}";
        }
        finally
        {
            before.Restore(model);
        }
    }

    private static string? Passing(Vae model, torch.Tensor item)
    {
        using var scope = torch.NewDisposeScope();
        var infinite = FiniteState.NonFiniteBuffers(model);
        var mean = model.DecodeOfChecked(model.EncodeOfChecked(item).Mean).Mean;
        if (FiniteState.NonFiniteBuffers(model).Except(infinite).FirstOrDefault() is { } buffer)
            return $"the buffer '{buffer}' becomes NaN or infinite with it: one item has no variance";
        return mean.isfinite().all().ToBoolean() ? null : "what the model makes of it is NaN or infinite";
    }
}
