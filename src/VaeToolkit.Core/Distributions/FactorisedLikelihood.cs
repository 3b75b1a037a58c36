using TorchSharp;

namespace VaeToolkit;

/// <summary>What the likelihoods of independent values share: the item's shape, the checks, and the way items are flattened.</summary>
public abstract class FactorisedLikelihood : Likelihood
{
    private readonly long[] _itemShape;
    private readonly long[] _leading;
    private readonly torch.Tensor _location;

    // Whether every value stands for an item of its own.
    private bool _byValue;

    /// <summary>Takes the location parameters, from which the leading shape is read.</summary>
    /// <param name="location">The location of every value, <c>[N, *item]</c> or <c>[K, N, *item]</c>.</param>
    /// <param name="itemRank">Number of axes of an item.</param>
    /// <exception cref="ArgumentException">The rank does not fit.</exception>
    protected FactorisedLikelihood(torch.Tensor location, int itemRank)
    {
        ArgumentNullException.ThrowIfNull(location);
        var shape = location.shape;
        if (itemRank < 1 || shape.Length - itemRank is not (1 or 2))
        {
            throw new ArgumentException(
                $"a parameter of the likelihood has shape {Shape.Text(shape)}; it must be [N, ...] or [K, N, ...] before an "
                + $"item of {itemRank} axes", nameof(location));
        }
        _itemShape = shape[^itemRank..];
        _leading = shape[..^itemRank];
        _location = location;
    }

    /// <summary>Shape of one item.</summary>
    public IReadOnlyList<long> ItemShape => _itemShape;

    /// <inheritdoc/>
    protected internal override IReadOnlyList<torch.Tensor> Parameters => [_location];

    /// <inheritdoc/>
    public sealed override torch.Tensor LogProb(torch.Tensor x)
    {
        var flat = Flat(x);
        RequireInSupport(flat, nameof(x));
        return Explained(flat, FlatLogProb);
    }

    /// <inheritdoc/>
    public sealed override torch.Tensor LogProbOfChecked(torch.Tensor x) => Explained(Looked(x), FlatLogProb);

    /// <summary>The terms of <see cref="LogProb"/>, one for every value, in nats: log p(x_d|z) in the items' shape.</summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat, for latent vectors <c>[N, Z]</c>.</param>
    /// <returns>The shape of <paramref name="x"/>; a sum over an item is its <see cref="LogProb"/>, up to rounding.</returns>
    /// <exception cref="ArgumentException">As of <see cref="LogProb"/>.</exception>
    public torch.Tensor LogProbByValue(torch.Tensor x)
    {
        var flat = Flat(x);
        RequireInSupport(flat, nameof(x));
        if (_leading.Length != 1)
            throw new ArgumentException($"the likelihood is of {Shape.Text(_leading)} latent vectors; it must be of [N]", nameof(x));
        return Explained(flat, FlatLogProbByValue).reshape(x.shape);
    }

    internal sealed override torch.Tensor MeanLogProb(torch.Tensor x) => Explained(Looked(x), FlatMeanLogProb);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The items are on the device <c>meta</c>, which keeps no values.</exception>
    public sealed override string? ExplainOutsideSupport(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        Shape.RequireValues(x, nameof(x));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        if (x.is_complex())
            return "the values are complex numbers";
        if (!x.isfinite().all().ToBoolean())
            return "some values are NaN or infinite";
        return ExplainFiniteOutsideSupport(Real(x));
    }

    /// <summary>The kind, the leading shape and the item's.</summary>
    public override string ToString() => $"{GetType().Name} {Shape.Text(_leading)} of items {Shape.Text(_itemShape)}";

    /// <summary>log p(x|z) for items that are flat already.</summary>
    /// <param name="x">Items <c>[N, D]</c>.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>, in nats.</returns>
    protected abstract torch.Tensor FlatLogProb(torch.Tensor x);

    private protected virtual torch.Tensor FlatLogProbByValue(torch.Tensor x)
    {
        var values = (FactorisedLikelihood)MemberwiseClone();
        values._byValue = true;
        return values.FlatLogProb(x.reshape(-1, 1)).reshape(x.shape);
    }

    private protected virtual torch.Tensor FlatMeanLogProb(torch.Tensor x) => FlatLogProb(x).mean();

    /// <summary>
    /// As <see cref="Likelihood.ExplainOutsideSupport"/>, for values that are known to be finite; by default all are inside.
    /// </summary>
    /// <param name="x">Items of any shape.</param>
    protected virtual string? ExplainFiniteOutsideSupport(torch.Tensor x) => null;

    /// <summary>A parameter tensor with its item axes flattened: <c>[N, D]</c> or <c>[K, N, D]</c>.</summary>
    /// <param name="parameter">The parameter, in the shape of the location.</param>
    protected torch.Tensor Flatten(torch.Tensor parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return _byValue ? parameter.reshape(-1, 1) : _itemShape.Length == 1 ? parameter : parameter.flatten(_leading.Length);
    }

    private torch.Tensor Flat(torch.Tensor x)
    {
        var flat = Shape.Flat(x, _itemShape, nameof(x));
        if (flat.shape[0] != _leading[^1])
            throw new ArgumentException($"x has {flat.shape[0]} items, the likelihood is of {_leading[^1]}", nameof(x));
        Shape.RequireOnSameDevice(flat, _location, nameof(x), "the likelihood's parameters are");
        return Real(flat);
    }

    private torch.Tensor Looked(torch.Tensor x)
    {
        var flat = Flat(x);
        LookIfNobodyHas(flat, nameof(x));
        return flat;
    }

    // Whole numbers and truth values are values as others are, but libtorch subtracts and rounds floating-point ones only.
    private torch.Tensor Real(torch.Tensor x) => x.is_floating_point() || x.is_complex() ? x : x.to(_location.dtype);

    private torch.Tensor Explained(torch.Tensor x, Func<torch.Tensor, torch.Tensor> logProb)
        => EngineError.In(x, () => $"the log-likelihood {GetType().Name}", () => logProb(x));
}
