using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>
/// One affine coupling layer (Dinh et al. 2017, eq. 7–9). The features under the mask pass; the others are scaled by eˢ and shifted by
/// t, which depend on those that pass: z = u eˢ + t, where s is kept in (−limit, limit).
/// </summary>
internal sealed class AffineCoupling : torch.nn.Module
{
    private const double InitialHead = 0.01;
    private readonly Sequential _trunk;
    private readonly Linear _head;
    private readonly double _limit;
    private readonly string _text;

    // No registered buffer: it is not saved, and TorchSharp leaves buffers that are not saved behind when a module moves.
    private torch.Tensor _mask;

    /// <param name="mask">For every feature whether it passes.</param>
    /// <param name="hidden">Widths of the hidden layers.</param>
    /// <param name="options">Activation and limit.</param>
    internal AffineCoupling(bool[] mask, IReadOnlyList<long> hidden, RealNvpOptions options)
        : base(nameof(AffineCoupling))
    {
        _limit = options.ScaleLimit;
        _text = $"{nameof(AffineCoupling)} of {mask.Length} features [{string.Join(", ", hidden)}]";
        _trunk = Layers.Dense(mask.Length, hidden, options.Activation);
        _head = torch.nn.Linear(hidden[^1], 2 * mask.Length);
        register_module("trunk", _trunk);
        register_module("head", _head);
        _mask = torch.tensor(mask.Select(passes => passes ? 1f : 0f).ToArray()).DetachFromDisposeScope();
        StartNearIdentity();
    }

    /// <summary>The features and the widths of its network.</summary>
    public override string ToString() => _text;

    /// <summary>From the base to the latent space: rows <c>[N, Z]</c> to rows.</summary>
    internal torch.Tensor Forward(torch.Tensor u)
    {
        var (logScale, shift) = ScaleAndShift(u);
        return InverseScale.Times(u, -logScale) + shift;
    }

    /// <summary>From the latent space to the base, with the log-determinant of this direction, <c>[N]</c>, float64.</summary>
    internal (torch.Tensor U, torch.Tensor LogDeterminant) Inverse(torch.Tensor z)
    {
        var (logScale, shift) = ScaleAndShift(z);
        return (InverseScale.Times(z - shift, logScale), -ItemSum.InDouble(logScale));
    }

    /// <summary>Writes <see cref="Forward"/> into a graph.</summary>
    internal GraphValue WriteTo(NetworkGraph graph, GraphValue u)
    {
        using var scope = torch.NewDisposeScope();
        var changed = graph.Constant(1 - _mask);
        var (scale, shift) = graph.Layer(_head, graph.Layer(_trunk, u * graph.Constant(_mask))).Halves(-1);
        var logScale = (scale * (1 / _limit)).Tanh() * changed * _limit;
        return u * logScale.Exp() + shift * changed;
    }

    protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        var moved = _mask.to(dtype ?? _mask.dtype, device ?? _mask.device, copy: true).DetachFromDisposeScope();
        _mask.Dispose();
        _mask = moved;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _mask.Dispose();
        base.Dispose(disposing);
    }

    // All is registered by name.
    protected override void RegisterComponents()
    {
    }

    // Both are zero under the mask, so the passing features pass exactly, and both directions see the same values there.
    private (torch.Tensor LogScale, torch.Tensor Shift) ScaleAndShift(torch.Tensor rows)
    {
        var changed = 1 - _mask;
        var parts = _head.forward(_trunk.forward(rows * _mask)).chunk(2, dim: -1);
        return ((parts[0] / _limit).tanh() * changed * _limit, parts[1] * changed);
    }

    private void StartNearIdentity()
    {
        using var noGradient = torch.no_grad();
        foreach (var parameter in _head.parameters())
            parameter.mul_(InitialHead);
    }
}
