using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>The weights that all ranks have.</summary>
internal static class RankWeights
{
    /// <summary>Gives all ranks the parameters and buffers of rank 0.</summary>
    internal static void Spread(RankGroup group, torch.nn.Module model)
    {
        using var noGradient = torch.no_grad();
        foreach (var (_, weight) in Of(model))
        {
            using var scope = torch.NewDisposeScope();
            if (weight.numel() == 0)
                continue;
            var values = weight.detach().cpu().contiguous().clone();
            group.Exchange.Broadcast(values.bytes, root: 0);
            if (!group.IsFirst)
                weight.copy_(values);
        }
    }

    /// <summary>Requires that all ranks still have the same, to the last bit.</summary>
    /// <exception cref="InvalidOperationException">On all ranks: which parameter or buffer of which rank is another.</exception>
    internal static void RequireEqual(RankGroup group, torch.nn.Module model, int epoch)
    {
        var own = Of(model).Select(weight => (weight.Name, Hash: Hash(weight.Tensor))).ToList();
        var hashes = own.SelectMany(weight => BitConverter.GetBytes(weight.Hash)).ToArray();
        var first = MemoryMarshal.Cast<byte, long>(group.Broadcast(group.IsFirst ? hashes : null)).ToArray();
        var differing = own.Count != first.Length ? "another number of parameters and buffers"
            : string.Join(", ", own.Where((weight, i) => weight.Hash != first[i]).Select(weight => $"'{weight.Name}'"));
        if (group.Texts(differing.Length == 0 ? null : differing) is not [var (rank, what), ..])
            return;
        throw RankGroup.OfAll(new InvalidOperationException(FormattableString.Invariant(
            $"after epoch {epoch} rank {rank} has other values than rank 0 in {what}: something changes them by what a rank sees or draws ")
            + "by itself, such as statistics of its own items or a callback without RunsOnEveryRank"));
    }

    private static IEnumerable<(string Name, torch.Tensor Tensor)> Of(torch.nn.Module model)
        => model.named_parameters().Select(weight => (weight.name, (torch.Tensor)weight.parameter))
            .Concat(model.named_buffers().Select(buffer => (buffer.name, buffer.buffer)));

    private static long Hash(torch.Tensor weight)
    {
        using var scope = torch.NewDisposeScope();
        return weight.numel() == 0 ? 0 : BitConverter.ToInt64(SHA256.HashData(weight.detach().cpu().contiguous().bytes));
    }
}
