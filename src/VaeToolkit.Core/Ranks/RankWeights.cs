using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>The weights that all ranks have.</summary>
internal static class RankWeights
{
    /// <summary>
    /// How far ranks may come apart, of a tensor's largest value. All take the same steps with the same gradients, so that unlike
    /// processors and numbers of threads let them differ by the rounding of each step, and no more.
    /// </summary>
    internal const double Rounding = 1e-4;

    // Of a tensor that is as good as zero.
    private const double LeastScale = 1e-3;

    // Bytes of one broadcast: spans and MPI count by int.
    private const int MostBytes = 1 << 28;

    /// <summary>Gives all ranks the parameters and buffers of rank 0.</summary>
    /// <exception cref="InvalidOperationException">On all ranks: they have not the same ones.</exception>
    internal static void Spread(RankGroup group, IEnumerable<torch.nn.Module> models, string when)
    {
        var own = Of(models);
        RequireAlike(group, own, when);
        foreach (var (_, weight) in own)
            _ = Take(group, weight);
    }

    /// <summary>
    /// Requires that all ranks have the same but for <see cref="Rounding"/>, and gives them those of rank 0 where that differs.
    /// </summary>
    /// <exception cref="InvalidOperationException">On all ranks: which parameter or buffer of which rank is another.</exception>
    internal static void Align(RankGroup group, IEnumerable<torch.nn.Module> models, string when)
    {
        var own = Of(models);
        RequireAlike(group, own, when);
        var differs = Differing(group, own);
        if (!differs.Contains(true))
            return;
        var apart = new List<string>();
        foreach (var ((name, weight), _) in own.Zip(differs).Where(pair => pair.Second))
        {
            var distance = Take(group, weight);
            if (!(distance <= Rounding))
                apart.Add(string.Create(CultureInfo.InvariantCulture, $"'{name}' (by {distance:G2} of its largest)"));
        }
        Refuse(group, string.Join(", ", apart), when);
    }

    // Which are another on any rank, to the last bit.
    private static bool[] Differing(RankGroup group, IReadOnlyList<(string Name, torch.Tensor Tensor)> own)
    {
        var hashes = own.Select(weight => Hash(weight.Tensor)).ToArray();
        var first = group.Broadcast(group.IsFirst ? [.. hashes.SelectMany(hash => hash)] : null);
        var differs = hashes.Select(
            (hash, i) => first.AsSpan(i * hash.Length, hash.Length).SequenceEqual(hash) ? 0.0 : 1).ToArray();
        group.Exchange.AllReduce(differs);
        return [.. differs.Select(count => count > 0)];
    }

    private static void RequireAlike(RankGroup group, IReadOnlyList<(string Name, torch.Tensor Tensor)> own, string when)
    {
        var mine = string.Join('\n', own.Select(weight => $"{weight.Name} {Shape.Text(weight.Tensor)} {weight.Tensor.dtype}"));
        var first = group.Broadcast(group.IsFirst ? Encoding.UTF8.GetBytes(mine) : null);
        var (lines, theirs) = (mine.Split('\n'), Encoding.UTF8.GetString(first).Split('\n'));
        Refuse(group, string.Join(", ", lines.Except(theirs).Concat(theirs.Except(lines))), when);
    }

    private static void Refuse(RankGroup group, string differing, string when)
    {
        if (group.Texts(differing.Length == 0 ? null : differing) is not [var (rank, what), ..])
            return;
        throw RankGroup.OfAll(new InvalidOperationException(FormattableString.Invariant(
            $"{when} rank {rank} has other values than rank 0 in {what}: something changes them by what a rank sees or draws ")
            + "by itself, such as statistics of its own items or a callback without RunsOnEveryRank"));
    }

    // Rank 0's values in place of this rank's, and how far these were from them.
    private static double Take(RankGroup group, torch.Tensor weight)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        if (weight.numel() == 0)
            return 0;
        var first = weight.detach().cpu().contiguous().clone();
        var flat = first.reshape(-1);
        var step = MostBytes / first.element_size();
        for (var start = 0L; start < flat.numel(); start += step)
            group.Exchange.Broadcast(flat.narrow(0, start, Math.Min(step, flat.numel() - start)).bytes, root: 0);
        if (group.IsFirst)
            return 0;
        var distance = Distance(weight.detach().cpu(), first);
        weight.copy_(first);
        return distance;
    }

    private static double Distance(torch.Tensor own, torch.Tensor first)
    {
        if (!first.is_floating_point())
            return own.contiguous().bytes.SequenceEqual(first.bytes) ? 0 : double.PositiveInfinity;
        var largest = (own - first).abs().max().ToDouble();
        return largest / Math.Max(LeastScale, first.abs().max().ToDouble());
    }

    /// <summary>All parameters and buffers, by name.</summary>
    internal static List<(string Name, torch.Tensor Tensor)> Of(IEnumerable<torch.nn.Module> models) =>
    [
        .. models.SelectMany(model => model.named_parameters().Select(weight => (weight.name, (torch.Tensor)weight.parameter))
            .Concat(model.named_buffers().Select(buffer => (buffer.name, buffer.buffer)))),
    ];

    /// <summary>SHA-256 of a tensor's values.</summary>
    internal static byte[] Hash(torch.Tensor weight)
    {
        using var scope = torch.NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var flat = weight.detach().cpu().contiguous().reshape(-1);
        var step = MostBytes / weight.element_size();
        for (var start = 0L; start < flat.numel(); start += step)
            hash.AppendData(flat.narrow(0, start, Math.Min(step, flat.numel() - start)).bytes);
        return hash.GetHashAndReset();
    }
}
