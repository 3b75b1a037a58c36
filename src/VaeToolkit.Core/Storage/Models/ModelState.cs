using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>Weights and buffers that become a model's, in the type and on the device where they are.</summary>
internal static class ModelState
{
    /// <exception cref="WeightsMismatchException">Keys or shapes differ.</exception>
    internal static void Become(torch.nn.Module model, IReadOnlyDictionary<string, torch.Tensor> state, string source)
    {
        using var scope = torch.NewDisposeScope();
        ModelWeights.RequireFits(model, state, source);
        Move(model, "", state);
        ModelWeights.Apply(model, state);
    }

    // A model may have been moved part by part: each goes as a whole where its parameters are of one kind, else by its own parts.
    private static void Move(torch.nn.Module part, string prefix, IReadOnlyDictionary<string, torch.Tensor> state)
    {
        var own = part.named_parameters().Where(named => named.parameter.is_floating_point()).ToList();
        var kinds = own.Select(named => state[prefix + named.name]).Select(tensor => (tensor.dtype, tensor.device.ToString()))
            .Distinct().ToList();
        if (kinds.Count > 1)
        {
            foreach (var (name, child) in part.named_children())
                Move(child, $"{prefix}{name}.", state);
        }
        else if (kinds.Count == 1 && kinds[0] != (own[0].parameter.dtype, own[0].parameter.device.ToString()))
        {
            var like = state[prefix + own[0].name];
            part.to(like.device, like.dtype);
        }
    }
}
