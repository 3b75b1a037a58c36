using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>The kernels of one layer of one snapshot, before any is dropped.</summary>
internal sealed class KernelPile : IDisposable
{
    private readonly torch.Tensor _kernels;
    private readonly long[] _kernelShape;
    private readonly SourceWeights _source;
    private readonly string _layer;
    private readonly long _inputs;

    private KernelPile(SourceWeights source, string layer, string group, torch.Tensor weight)
    {
        (_source, _layer, Group) = (source with { Weights = new Dictionary<string, torch.Tensor>() }, layer, group);
        _kernelShape = weight.shape[2..];
        _inputs = weight.shape[1];
        using var scope = torch.NewDisposeScope();
        // Of weights in float64 all digits count: kernels of a large number and little else differ in the last ones alone.
        var type = weight.dtype == torch.float64 ? torch.float64 : torch.float32;
        _kernels = weight.detach().cpu().to(type).reshape(-1, Shape.Size(_kernelShape)).clone().DetachFromDisposeScope();
    }

    internal string Group { get; }

    internal static KernelPile Cut(SourceWeights source, string layer, string group)
    {
        var name = layer + ".weight";
        if (!source.Weights.TryGetValue(name, out var weight))
            throw new ArgumentException($"network {source.Network}, cycle {source.Cycle} holds no '{name}'", nameof(source));
        return weight.Dimensions >= 3
            ? new(source, layer, group, weight)
            : throw new ArgumentException(
                $"'{name}' has shape {Shape.Text(weight)}; kernels are cut from [out, in, *kernel]", nameof(source));
    }

    /// <summary>One set of all piles of a group, without the kernels that have died.</summary>
    internal static KernelSet Join(string group, IReadOnlyList<KernelPile> piles, KernelThreshold threshold)
    {
        var shape = piles[0]._kernelShape;
        if (piles.FirstOrDefault(pile => !pile._kernelShape.AsSpan().SequenceEqual(shape)) is { } other)
            throw new ArgumentException($"group '{group}' has kernels of {Shape.Text(shape)} and, in '{other._layer}', of "
                + $"{Shape.Text(other._kernelShape)}", nameof(piles));
        using var scope = torch.NewDisposeScope();
        var all = torch.cat([.. piles.Select(pile => pile._kernels)]);
        var norms = all.to(torch.float64).square().sum(dim: 1).sqrt().cpu().data<double>().ToArray();
        KernelOrigin[] origins = [.. piles.SelectMany(pile => pile.Origins())];
        if (Array.FindIndex(norms, norm => !double.IsFinite(norm)) is >= 0 and var bad)
            throw new ArgumentException($"the weights of '{origins[bad].Layer}' in network {origins[bad].Network}, cycle "
                + $"{origins[bad].Cycle}, are NaN or infinite; leave the network out", nameof(piles));
        var least = threshold.For(norms);
        long[] kept = [.. Enumerable.Range(0, norms.Length).Where(row => norms[row] > least).Select(row => (long)row)];
        return kept.Length == 0
            ? throw new ArgumentException(FormattableString.Invariant(
                $"all {norms.Length} kernels of group '{group}' have a norm of at most {least}"), nameof(threshold))
            : new(
                group, all.index_select(0, torch.tensor(kept, device: all.device)), [.. kept.Select(row => origins[row])], shape,
                norms.Length);
    }

    public void Dispose() => _kernels.Dispose();

    private IEnumerable<KernelOrigin> Origins() => Enumerable.Range(0, (int)_kernels.shape[0]).Select(
        row => new KernelOrigin(_source.Network, _source.Cycle, _layer, (int)(row / _inputs), (int)(row % _inputs)));
}
